"""Records what the code of now does with every event: `python -m tests.golden.record FOLDER`."""

import sys

from tests.golden import clock

clock.freeze()  # before anything else is imported

from pathlib import Path  # noqa: E402
from tempfile import TemporaryDirectory  # noqa: E402

from tests.golden.lines import to_text  # noqa: E402
from tests.golden.made import made_events  # noqa: E402
from tests.golden.old_version import read_version  # noqa: E402
from tests.golden.operators import operate  # noqa: E402
from tests.golden.play import Play  # noqa: E402
from tests.golden.sample_files import play_samples  # noqa: E402
from tests.golden.server import server  # noqa: E402
from tests.golden.world import world  # noqa: E402

EVENTS_A_BATCH = 40
"""As many made events pass before the teams are told of them, in a mail each."""


def record(folder: Path) -> None:
    """Writes `data.jsonl` and `words.jsonl` into the folder."""
    with (
        TemporaryDirectory() as name,
        server(Path(name)) as application,
        world(f"https://localhost:{application.port}/feedback", application.authority) as aws,
    ):
        play = Play(aws, application, Path(name))
        play_samples(play)
        events = made_events()
        play.explain({event.name: event.text for event in events})
        for number, event in enumerate(events, 1):
            play.feed(event.name, "process_feedback", event.payload)
            if number % EVENTS_A_BATCH == 0 or number == len(events):
                play.tell_teams(f"made/mails after {number:03}")
        aws.check_seen()
        operate(play)
        read_version(play, "version_0_1")
        (folder / "data.jsonl").write_text(to_text(play.data), encoding="utf-8")
        (folder / "words.jsonl").write_text(to_text(play.words), encoding="utf-8")


def main() -> None:
    record(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
