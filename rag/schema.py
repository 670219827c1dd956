"""The tables of the docstore; another version of them is another number.

SQLite keeps no sums over what it holds, so each row carries one (CRC-32) and each vector ends with its own: a byte that
the disk changed is told of when it is read, never answered from.
"""

from __future__ import annotations

SCHEMA_VERSION = 3
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, format TEXT NOT NULL, text TEXT NOT NULL,
    blocks TEXT NOT NULL, pages TEXT NOT NULL, warnings TEXT NOT NULL, added TEXT NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE TABLE files (
    path TEXT PRIMARY KEY, name TEXT NOT NULL, root TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, document_id TEXT REFERENCES documents(id), status TEXT NOT NULL, reason TEXT NOT NULL,
    warnings TEXT NOT NULL, checksum INTEGER NOT NULL
);
CREATE INDEX files_document ON files(document_id);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL REFERENCES documents(id),
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL,
    page INTEGER, page_label TEXT, sentences TEXT NOT NULL, text TEXT NOT NULL,
    checksum INTEGER NOT NULL, vector BLOB NOT NULL, sentence_vectors BLOB NOT NULL
);
CREATE INDEX passages_document ON passages(document_id, ordinal);
CREATE VIRTUAL TABLE passage_words USING fts5(title, heading, text, tokenize = 'porter unicode61');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(passage_words, row);
"""
