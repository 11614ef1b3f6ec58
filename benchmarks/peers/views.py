"""Runs in .venv-bench: processor seconds that the SES views of django-anymail and django-ses take for the same texts.

    python views.py TEXTS ROUNDS    TEXTS: a file with a JSON list of SQS bodies; prints a JSON line per round

Each text is made a request, since a view takes nothing else. Signatures are not checked on either side.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings

settings.configure(
    ANYMAIL={"WEBHOOK_SECRET": "user:secret"},
    AWS_SES_VERIFY_EVENT_SIGNATURES=False,
    AWS_SES_REGION_NAME="eu-central-1",
    INSTALLED_APPS=["anymail", "django_ses"],
    ALLOWED_HOSTS=["*"],
    LOGGING_CONFIG=None,
)
django.setup()

from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django_ses.views import SESEventWebhookView  # noqa: E402

_FACTORY = RequestFactory()
_AUTHORIZATION = "Basic dXNlcjpzZWNyZXQ="


def post(view: Callable[..., Any], text: str, message_id: str) -> None:
    request = _FACTORY.post(
        "/feedback",
        data=text,
        content_type="text/plain",
        HTTP_AUTHORIZATION=_AUTHORIZATION,
        HTTP_X_AMZ_SNS_MESSAGE_TYPE="Notification",
        HTTP_X_AMZ_SNS_MESSAGE_ID=message_id,
    )
    if (response := view(request)).status_code != 200:
        raise SystemExit(f"the view answered {response.status_code}: {response.content!r}")


VIEWS = {
    "django-anymail": AmazonSESTrackingWebhookView.as_view(),
    "django-ses": SESEventWebhookView.as_view(),
}


def main(file: str, rounds: str) -> None:
    texts = json.loads(Path(file).read_text(encoding="utf-8"))
    texts_with_ids = [(text, json.loads(text)["MessageId"]) for text in texts]
    for _ in range(int(rounds)):
        seconds = {}
        for name, view in VIEWS.items():
            started = time.process_time()
            for text, message_id in texts_with_ids:
                post(view, text, message_id)
            seconds[name] = (time.process_time() - started) / len(texts)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
