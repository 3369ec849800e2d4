"""A Lambda function that writes a mail: the event holds refs, the template opens what it prints, and the result is a ref."""

import os

from daykey import Vault, aws_role, render
from jinja2 import DictLoader, Environment

MAIL = """<p>Dear {{ user.name | decrypt }},</p>
<p>your parcel for {{ user.email | decrypt }} arrives on {{ day }}.</p>
"""

environment = Environment(autoescape=True, loader=DictLoader({"mail": MAIL}))


def vault_of_function():
    identity = aws_role(os.environ["DAYKEY_AUDIENCE"])
    return Vault(os.environ["DAYKEY_URL"], os.environ["DAYKEY_APP"], identity)


def handler(event, _context=None, vault=None):
    """Takes `{ "user": { "name": ref, "email": ref }, "day": text }`, each ref as `{ "$sensitive": … }`."""
    vault = vault or vault_of_function()
    mail, not_after = render(environment, vault, "mail", **event)
    # A queue gets a ref. The mail lives no longer than what it shows.
    refs = vault.encrypt({"mail": mail}, **({"notAfter": not_after} if not_after else {}))
    return {"mail": {"$sensitive": refs["mail"]}}
