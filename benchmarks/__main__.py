"""Runs the benchmarks, prints their table and writes docs/performance.md: `python -m benchmarks [part ...]`.

Run it on a machine that does nothing else. A part alone prints its table and leaves the page as it is.
"""

import sys
from collections.abc import Callable, Mapping

from benchmarks import archive, cold_start, end_to_end, handler, hot_path, requests
from benchmarks.figures import Part, write_page

PARTS: Mapping[str, Callable[[], Part]] = {
    "hot_path": hot_path.measure,
    "handler": handler.measure,
    "requests": requests.measure,
    "cold_start": cold_start.measure,
    "archive": archive.measure,
    "end_to_end": end_to_end.measure,
}


def main(names: list[str]) -> int:
    """2 for a name that is not a part's."""
    if unknown := [name for name in names if name not in PARTS]:
        print(f"{', '.join(unknown)}: not a part of make bench. The parts are: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    parts = []
    for name in names or PARTS:
        parts.append(PARTS[name]())
        print(parts[-1], flush=True)
    if not names:
        write_page(parts)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
