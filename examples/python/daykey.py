"""Calls a vault from Python: encrypts, decrypts, and gives Jinja2 the filters `encrypt`, `decrypt` and `redact`.

Only the standard library, and Jinja2 for the filters. Signing for AWS is twenty lines of HMAC, so it needs no boto3.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

from jinja2 import Undefined, pass_context
from markupsafe import Markup

REDACTED = "★★★★★"
SENSITIVE_KEY = "$sensitive"
MAX_FIELDS = 64
REUSE_SECONDS = 300
TIMEOUT_SECONDS = 15
LONGEST_PAUSE_SECONDS = 5
# No answer, and what proxies and firewalls answer when the same request may succeed later.
TRANSIENT = (None, 408, 429, 500, 502, 503, 504)


class Problem(Exception):
    """Why a vault refused a call: `code` to branch on. It holds no value."""

    def __init__(self, status, code, detail):
        super().__init__(f"{code}: {detail}")
        self.status, self.code = status, code


def api_token(token):
    """The identity of an integration outside AWS."""
    return lambda: f"Bearer {token}"


def role_in_lambda():
    """The credentials of the role that a Lambda function runs with."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return tuple(os.environ[name] for name in names)


def aws_role(audience, credentials=role_in_lambda, clock=time.time):
    """The identity of a role, as docs/aws-identity-format.md has it. Reuses a header for five minutes."""
    region = audience.split(":")[2]
    known = [0, None]

    def header():
        now = clock()
        if now >= known[0]:
            known[:] = now + REUSE_SECONDS, signed(audience, region, *credentials(), now)
        return known[1]

    return header


def signed(audience, region, key_id, secret, token, now):
    date = datetime.fromtimestamp(now, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": f"sts.{region}.{suffix}",
        "x-amz-date": date,
        "x-amz-security-token": token,
        "x-daykey-audience": audience,
    }
    body = sha256("Action=GetCallerIdentity&Version=2011-06-15")
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join(["POST", "/", "", *lines, "", ";".join(headers), body])
    scope = [date[:8], region, "sts", "aws4_request"]
    key = f"AWS4{secret}".encode()
    for part in [*scope, "\n".join(["AWS4-HMAC-SHA256", date, "/".join(scope), sha256(request)])]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    identity = {"v": 1, "accessKeyId": key_id, "date": date, "sessionToken": token, "signature": key.hex()}
    text = json.dumps(identity, separators=(",", ":")).encode()
    return f"Daykey-Aws {base64.urlsafe_b64encode(text).decode().rstrip('=')}"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A vault never redirects, so the target would be something else, and would get the identity."""

    def redirect_request(self, *_):
        return None


class Vault:
    """A vault, for one app and one identity: `api_token(…)` or `aws_role(…)`."""

    def __init__(self, url, app, identity, tries=3):
        at = urllib.parse.urlsplit(url)
        if at.scheme != "https" and at.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("url must use https")
        self._base, self._identity, self._tries = f"{url}/v1/apps/{app}", identity, tries
        self._opener = urllib.request.build_opener(NoRedirects)

    def encrypt(self, fields, **life):
        """Refs by the names of values. `ttlSeconds`, `notAfter` and `subject` limit their life."""
        return self._in_batches("encrypt", "fields", fields, "refs", life)

    def decrypt(self, refs):
        """By the names of refs: a dict whose `status` is `ok`, with its `value`, or `redacted`."""
        return self._in_batches("decrypt", "refs", refs, "values", {})

    def _in_batches(self, operation, asked, members, answered, more):
        names, answer = list(members), {}
        for at in range(0, len(names), MAX_FIELDS):
            batch = {name: members[name] for name in names[at : at + MAX_FIELDS]}
            answer.update(self.call(operation, {asked: batch, **more})[answered])
        return answer

    def call(self, operation, body):
        """One request, tried again after what may pass. Raises Problem."""
        data = json.dumps(body, allow_nan=False).encode()
        for tries in range(1, self._tries + 1):
            headers = {"Authorization": self._identity(), "Content-Type": "application/json"}
            request = urllib.request.Request(f"{self._base}/{operation}", data, headers)
            pause = ""
            try:
                with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                problem, pause = problem_in(error), error.headers.get("Retry-After", "")
            except (OSError, http.client.HTTPException):
                problem = Problem(None, "unreachable", "no answer from the vault")
            except ValueError:
                problem = Problem(200, "unintelligible", "an answer of status 200 that no vault gives")
            if problem.status not in TRANSIENT or tries == self._tries:
                raise problem
            time.sleep(min(int(pause) if pause.isdecimal() else 1, LONGEST_PAUSE_SECONDS))


def problem_in(error):
    """Only the whole of what a vault says is believed: a firewall's 403 must not become stars in a template."""
    status = error.code
    try:
        body = json.load(error)
        if (body["type"], body["status"]) == ("about:blank", status):
            return Problem(status, body["code"], body["detail"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        pass
    # What a firewall or a proxy says is not passed on.
    code = "unavailable" if status in TRANSIENT else "refused"
    return Problem(status, code, f"an answer of status {status} that no vault gives")


class Filters:
    """The filters of one rendering. Each value takes one call of the vault.

    They take the context, because Jinja2 calls other filters of constants when it compiles a template.
    """

    def __init__(self, vault):
        self._vault, self._ends = vault, []

    @property
    def not_after(self):
        """The earliest end of what was opened: nothing that is made from it may live longer."""
        return min(self._ends, key=instant, default=None)

    @pass_context
    def decrypt(self, _context, value):
        """The value of a ref; stars if it is redacted, or if the caller may not decrypt. Anything else as it is."""
        if not is_ref(value):
            return value
        try:
            field = self._vault.decrypt({"value": value[SENSITIVE_KEY]})["value"]
        except Problem as problem:
            if problem.code != "forbidden":
                raise
            return REDACTED
        if field["status"] != "ok":
            return REDACTED
        self._ends.append(field["expiresAt"])
        return field["value"]

    @pass_context
    def encrypt(self, _context, value, **life):
        """A ref as JSON: that of a ref, or a new one, which lives no longer than anything opened so far."""
        if not is_ref(value):
            ends = [end for end in (life.get("notAfter"), self.not_after) if end]
            life = {**life, "notAfter": min(ends, key=instant)} if ends else life
            value = {SENSITIVE_KEY: self._vault.encrypt({"value": value}, **life)["value"]}
        return Markup(json.dumps(value))

    def redact(self, value):
        """Stars for any value, and nothing for nothing."""
        return "" if value is None or isinstance(value, Undefined) else REDACTED


def render(environment, vault, name, **context):
    """A template's text, and the end of its life: None when it shows nothing that was opened.

    Refs in the context print as stars unless a filter opens them.
    """
    if environment.autoescape is not True:
        raise ValueError("autoescape is off, so decrypted values would be printed as HTML: turn it on")
    filters = Filters(vault)
    own = environment.overlay(finalize=lambda value: REDACTED if is_ref(value) else value)
    own.filters = {
        **environment.filters,
        "decrypt": filters.decrypt,
        "encrypt": filters.encrypt,
        "redact": filters.redact,
    }
    text = own.get_template(name).render(context)
    return text, filters.not_after


def is_ref(value):
    return isinstance(value, dict) and set(value) == {SENSITIVE_KEY}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
