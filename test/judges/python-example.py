"""Runs examples/python against a vault, and reports what it gives."""

import json
import sys
from datetime import datetime, timezone

import daykey
from handler import handler
from jinja2 import DictLoader, Environment

url, bot, reports, app, out = sys.argv[1:]
vault = daykey.Vault(url, app, daykey.api_token(bot))
report = {}


def problem_of(call):
    try:
        return f"no problem: {call()}"
    except daykey.Problem as problem:
        return {"status": problem.status, "code": problem.code, "text": str(problem)}
    except ValueError as error:
        return str(error)


def rendered(template, by=vault, autoescape=True, **context):
    environment = Environment(autoescape=autoescape, loader=DictLoader({"it": template}))
    return daykey.render(environment, by, "it", **context)


with open("accepted.json", encoding="utf-8") as file:
    report["headers"] = []
    for case in json.load(file)["cases"]:
        credentials = (case["accessKeyId"], case["secretAccessKey"], case["sessionToken"])
        signed_at = datetime.strptime(case["date"] + "+0000", "%Y%m%dT%H%M%SZ%z").timestamp()
        clock = iter([signed_at, signed_at + 299, signed_at + 300])
        identity = daykey.aws_role(case["audience"], lambda c=credentials: c, lambda c=clock: next(c))
        header = identity()
        report["headers"].append({"header": header, "reused": identity() == header, "renewed": identity() != header})

life = {"ttlSeconds": 600, "subject": "user-17"}
refs = vault.encrypt({"name": "Maya <b>", "email": "maya@example.org"}, **life)
user = {name: {"$sensitive": ref} for name, ref in refs.items()}
report["handler"] = handler({"user": user, "day": "Friday"}, vault=vault)

many = vault.encrypt({str(at): at for at in range(130)})
report["many"] = [field["value"] for field in vault.decrypt(many).values()] == list(range(130))

no_right = daykey.Vault(url, app, daykey.api_token(reports))
show = "{{ user.email }} {{ user.email | decrypt }} {{ 'x' | redact }}{{ none | redact }}{{ 'y' | decrypt }}"
report["filters"] = {
    "all": rendered(show, user=user),
    "escaped": rendered("{{ user.name | decrypt }}", user=user)[0],
    "without a right": rendered(show, no_right, user=user),
    "unknown": rendered("{{ ref | decrypt }}", ref={"$sensitive": "dk2_x"}),
    "plain": rendered("{{ 1 }}"),
    "ref": json.loads(rendered("{{ user.email | encrypt }}", user=user)[0]) == user["email"],
    "new ref": json.loads(rendered("{{ user.email | decrypt }}|{{ 'z' | encrypt(ttlSeconds=3600) }}", user=user)[0].split("|")[1]),
    "without autoescape": problem_of(lambda: rendered("", autoescape=False)),
}
report["problems"] = {
    "no identity": problem_of(lambda: daykey.Vault(url, app, daykey.api_token("dkt_x")).decrypt(refs)),
    "not allowed": problem_of(lambda: no_right.decrypt(refs)),
    "not valid": problem_of(lambda: vault.encrypt({"a": 1}, ttlSeconds="a")),
    "no vault": problem_of(lambda: daykey.Vault(f"{url}/forward", app, daykey.api_token("secret")).decrypt(refs)),
    "no TLS": problem_of(lambda: daykey.Vault("http://vault.example", app, daykey.api_token("dkt_x"))),
    "down": problem_of(lambda: daykey.Vault(f"{url}/down", app, daykey.api_token(bot)).decrypt(refs)),
    "a number that JSON lacks": problem_of(lambda: vault.encrypt({"a": float("nan")})),
    "unreachable": problem_of(lambda: daykey.Vault("http://127.0.0.1:9", app, daykey.api_token(bot), 1).decrypt(refs)),
    "throttled once": sorted(daykey.Vault(f"{url}/throttled-once", app, daykey.api_token(bot)).decrypt(refs)),
    "down once": sorted(daykey.Vault(f"{url}/down-once", app, daykey.api_token(bot)).decrypt(refs)),
}

# Only the refusal of the vault itself may print stars.
for name in ["firewall", "liar", "page", "teapot"]:
    stranger = daykey.Vault(f"{url}/{name}", app, daykey.api_token(bot))
    report["problems"][name] = problem_of(lambda: rendered("Dear {{ user.email | decrypt }}", stranger, user=user))

# The block of its README, with this vault in the place of one on AWS.
with open("README.md", encoding="utf-8") as file:
    block = file.read().split("```python\n")[1].split("```")[0]
lines = [line for line in block.splitlines() if not line.startswith("vault = ")]
names = {"vault": vault}
exec("\n".join(lines).replace('"templates"', '"."'), names)
report["readme"] = [len(block.splitlines()) - len(lines), names["field"]["value"], names["text"]]

with open(out, "w", encoding="utf-8") as file:
    json.dump(report, file)
