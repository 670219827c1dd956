"""The small words of languages other than English, which say little in a question."""

from __future__ import annotations

SMALL_WORDS = {
    "German": (
        "wer wen wem wessen was wie wo wann warum wieso woher wohin welche welcher welches welchen "
        "welchem ist sind war waren hat haben hatte hatten wird werden wurde wurden kann konnen muss "
        "mussen soll darf der die das den dem des ein eine einer eines einen einem und oder aber auch "
        "nicht kein keine in im an am auf aus bei mit nach von vom zu zum zur fur uber unter vor durch um "
        "es er sie wir ihr ich man sich viel viele gibt als dass wenn noch nur hier da gross lange oft "
        "hoch alt ab kostet bedeutet wofur wozu womit woran worauf wovon worum worin woraus wobei wodurch "
        "wieviel wieviele gilt gelten heisst heissen lautet lauten bekomme bekommst bekommt bekommen tun tut "
        "mache machst macht machen gehe geht gehen komme kommt kommen gehort gehoren habe hast bin bist seid sei "
        "kannst konnt konnte konnten darfst durfen durfte musst musste sollst sollen sollte sollten wollen mochte "
        "mochten werde worden mein meine meinen meinem meiner meines mir mich dein deine deinen deinem deiner dich "
        "unser unsere unseren unserem unserer uns euer eure euch ihre ihren ihrem ihrer ihm ihn ihnen sein seine "
        "seinen seinem seiner du diese dieser dieses diesen diesem jede jeder jedes jeden jedem alle allen aller "
        "bis seit mal etwas ob dort dann denn doch schon sehr mehr bitte wegen gegen zwischen wahrend damit dazu "
        "davon dabei dafur steht stehen befindet befinden brauche brauchst braucht brauchen frau herr herrn "
        "fuer ueber koennen koennt muessen duerfen moechte waehrend dafuer gehoert gehoeren wofuer"
    ),
    "French": (
        "qui que quoi quand ou comment pourquoi combien quel quelle quels quelles est sont etait etaient "
        "a ont avait ete le la les un une des du de d l en dans sur sous avec pour par au aux et mais il "
        "elle ils elles on nous vous je se sa son ses ce cette ces ne pas plus y qu s c n veut dire signifie "
        "dois doit doivent devons devez faut peux peut peuvent pouvons pouvez puis va vais vas vont allons allez fait "
        "fais faites faire font si temps mon ma mes ton ta tes notre nos votre vos leur leurs cela ca ceci cet tout "
        "tous toute toutes tres fois t j m me te moi toi lui eux tu etre avoir ai avons avez suis sommes etes soit "
        "sera seront serait vers chez depuis pendant entre jusqu jusque selon sans avant apres comme car lors lorsque "
        "dont lequel laquelle lesquels lesquelles celui celle ceux celles aussi donc alors ainsi autre autres meme "
        "memes appelle appellent trouve trouvent veux voudrais besoin coute coutent madame monsieur mme"
    ),
    "Spanish": (
        "quien quienes que cuando donde como por cual cuales cuanto cuanta cuantos cuantas es son era "
        "eran fue fueron ha han habia hay esta estan el la los las un una unos unas de del al en con para "
        "sin sobre y o pero no se su sus lo le les a me mi mis te tu tus nos nuestro nuestra nuestros nuestras yo "
        "ella ellos ellas nosotros usted ustedes si muy mas este esto estos estas ese esa eso esos esas tengo tienes "
        "tiene tienen tenemos tener puedo puedes puede pueden podemos debo debes debe deben debemos hace hacen hacer "
        "hago voy vas va van vamos soy eres somos ser estoy estamos estar sera seran seria llama llaman llamo hasta "
        "desde entre durante antes despues segun cada todo toda todos todas ya tambien porque quiero quiere necesito "
        "necesita necesitan otro otra otros otras mismo misma cuesta cuestan significa senor senora"
    ),
    "Italian": (
        "chi che cosa come dove quando perche quale quali quanto quanta quanti quante e sono era erano ha "
        "hanno il lo la i gli le un uno una di del dello della dei degli delle a al alla ai alle da dal "
        "dalla in nel nella nei con su sul sulla per tra fra o ma non si se mi ti ci vi suo sua suoi sue "
        "questo questa c l d"
    ),
    "Portuguese": (
        "quem que qual quais quando onde como porque por quanto quanta quantos quantas e sao era eram foi "
        "foram tem ha esta estao o a os as um uma uns umas de do da dos das em no na nos nas ao aos com "
        "para pelo pela sem sobre ou mas nao se seu sua seus suas isso este esta"
    ),
    "Dutch": (
        "wie wat waar wanneer waarom welke welk is zijn was waren heeft hebben wordt worden werd werden "
        "kan kunnen moet mag de het een van in op aan te bij met naar voor uit om en of maar ook niet "
        "geen er hij zij ze wij we ik je zich veel hoeveel groot dat die dit deze als nog hoe"
    ),
    "Polish": (
        "kto co gdzie kiedy dlaczego jak jaki jaka jakie ktory ktora ktore ile czy jest sa ma maja w we "
        "na od z ze za o u po przy przez dla nad i a oraz lub ale nie sie ten ta te tym tego jego jej ich "
        "był była było były"
    ),
    "Romanian": (
        "cine ce unde cand este sunt era erau a au fost un o unei unui ai la in de din pe cu pentru prin "
        "despre si sau dar nu se sa lui ei lor acest aceasta"
    ),
    "Turkish": (
        "kim kimin ne neden nicin nasil nerede nereye zaman hangi kac kadar mi mu bir bu ve veya ile icin "
        "gibi da de ki ama degil yok olan olarak mı mü mudur midir"
    ),
    "Vietnamese": (
        "ai gi nao khi sao bao nhieu co cua va hoac trong ngoai tren duoi cho voi bi nhung cac mot nay "
        "khong tu đâu được đến đó"
    ),
    "Russian": (
        "кто что где когда почему зачем как какой какая какое какие сколько чей куда откуда это был была "
        "было были есть в во на с со к о об из у за по до от для при под над и а но или не ли же его её "
        "их он она оно они мы вы я то тот та те"
    ),
    "Greek": (
        "ποιος ποια ποιο ποιοι ποιες τι που ποτε γιατι πως ποσο ποσος ποση ποσα ποσοι ποσες ειναι ηταν "
        "εχει εχουν ο η το οι τα του της των τον την τους τις σε στο στη στην στον στα στους στις απο με "
        "για και η αλλα δεν να θα ως ενα μια ενας"
    ),
    "Arabic": (
        "من ما ماذا متى أين كيف لماذا كم أي هل هو هي هم كان كانت في على إلى عن مع و أو لا لم لن أن إن "
        "الذي التي هذا هذه ذلك تلك قد بعد قبل عند"
    ),
    "Hindi": (
        "कौन क्या कब कहाँ कहां क्यों कैसे कितना कितनी कितने किस किसने किसे किसका किसकी किसके कौनसा है हैं "
        "था थी थे हो होता होती होते का की के को से में पर ने और या नहीं यह वह ये वे एक इस उस इसका उसका भी "
        "तो ही"
    ),
}

# Whose questions are put in the forms of words that the documents have.
INFLECTED = ("German", "French", "Spanish")

# Of those the ones that are words or short forms of English as well: they tell a language only beside others.
DOUBTFUL = frozenset("ai bin car font ma mi mon si te ton va van vas".split())

# Letters that tell between languages of which a text has as many small words, and signs that tell alone.
LETTERS = {"Turkish": "şğıçöü", "Portuguese": "ãõç", "German": "ßäöü", "French": "çœàèùêîû", "Spanish": "ñáíóú"}
SIGNS = {"Spanish": "¿¡"}
