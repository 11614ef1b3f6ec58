"""Who calls the HTTP API, as API Gateway's authorizer says it: never as the request says it."""

from typing import Any

from ses_feedback.errors import Refusal


def caller(event: dict[str, Any]) -> str:
    """The ARN of an IAM user or of a role's session; or of a token its subject, with the e-mail address if it has
    one. Raises `Refusal` where no authorizer let the request pass: no route may be open, whatever was deployed.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    if arn := (authorizer.get("iam") or {}).get("userArn"):
        return str(arn)
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    if not (subject := claims.get("sub") or claims.get("client_id")):
        raise Refusal(401, "nobody vouches for the caller: sign the request (IAM), or send a token with a subject")
    return f"{claims['email']} (sub {subject})" if claims.get("email") else f"sub {subject}"
