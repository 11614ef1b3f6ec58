"""How fast replies are classified, and how long the rules take to load.

    python benchmarks/classify.py [--texts 40000]

The texts are the replies of the test table, each made distinct by an address, an IP and a queue id of its own;
nothing is cached between them. Time is the processor's, of one core. Loading is measured in fresh processes.
"""

import argparse
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from ses_feedback.bounces.classification import BounceReport, classify

REPLIES = Path(__file__).parents[1] / "tests" / "unit" / "bounces" / "replies.toml"
AIM = 30_000
LOADING = """
import time, tomllib, unicodedata, ipaddress
start = time.process_time()
from ses_feedback.bounces import classification
imported = time.process_time()
classification.classify(classification.BounceReport(diagnostic="550 5.1.1 User unknown"))
print(1000 * (imported - start), 1000 * (time.process_time() - imported))
"""


def distinct_texts(count: int) -> list[str]:
    table = tomllib.loads(REPLIES.read_text(encoding="utf-8"))
    replies = [reply for replies in table.values() for reply in replies if not reply.startswith("{") and reply]
    return [
        f"smtp; {replies[i % len(replies)]} <kim{i}@mx{i}.example> [203.0.{i >> 8 & 255}.{i & 255}] q{i:x}"
        for i in range(count)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of the classification.")
    parser.add_argument("--texts", type=int, default=40_000)
    texts = distinct_texts(parser.parse_args().texts)
    rates = []
    for _ in range(5):
        start = time.process_time()
        for text in texts:
            classify(BounceReport(status="5.0.0", diagnostic=text, action="failed"))
        rates.append(len(texts) / (time.process_time() - start))
    length = sum(map(len, texts)) / len(texts)
    print(f"{len(texts):,} distinct texts of {length:.0f} characters: {max(rates):,.0f} a second (aim {AIM:,})")
    times = [
        subprocess.run([sys.executable, "-c", LOADING], check=True, capture_output=True, text=True).stdout.split()
        for _ in range(7)
    ]
    print(f"import {min(float(t[0]) for t in times):.1f} ms, first answer {min(float(t[1]) for t in times):.1f} ms")


if __name__ == "__main__":
    main()
