"""Runs in .venv-bench: reads an object of the archive in another way.

python archive.py inflate|find|count FILE    prints a JSON line: processor seconds, what was found, MiB at most
"""

import json
import re
import sys
import time
import zlib
from pathlib import Path

import duckdb

FIND = """SELECT json->>'$.complaint.complainedRecipients[0].emailAddress' FROM read_ndjson_objects(?)
WHERE json->>'$.eventType' = 'Complaint'"""
COUNT = """SELECT json->>'$.mail.source', json->>'$.eventType', count(*) FROM read_ndjson_objects(?) GROUP BY ALL"""


def inflate(file: str) -> int:
    """The bytes of all members of the gzip file."""
    size, inflater = 0, zlib.decompressobj(31)
    with Path(file).open("rb") as compressed:
        while chunk := compressed.read(256 * 1024):
            while chunk:
                size += len(inflater.decompress(chunk))
                chunk = inflater.unused_data
                if inflater.eof:
                    inflater = zlib.decompressobj(31)
    return size


def ask(query: str, file: str) -> int:
    """How many rows DuckDB answers, on one thread."""
    connection = duckdb.connect(config={"threads": 1})
    return len(connection.execute(query, [file]).fetchall())


def main(what: str, file: str) -> None:
    started = time.process_time()
    found = inflate(file) if what == "inflate" else ask(FIND if what == "find" else COUNT, file)
    seconds = time.process_time() - started
    mebibytes = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    print(json.dumps({"seconds": seconds, "found": found, "mebibytes": mebibytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
