"""The measuring: gold sets, measures, runs and reports. Import from its modules: ``from eval.run import evaluate``."""
