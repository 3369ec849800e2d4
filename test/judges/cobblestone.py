"""Opens messages that the vault's format sealed, and seals the same plaintexts, with the implementation of PyCA."""

import json
import sys

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor


def judged(case):
    key, context = bytes.fromhex(case["key"]), bytes.fromhex(case["context"])
    decryptor = Cobblestone256Decryptor(key, context)
    try:
        opened = decryptor.update(bytes.fromhex(case["sealed"])) + decryptor.finalize()
    except Exception as error:
        return {"refused": type(error).__name__}
    encryptor = Cobblestone256Encryptor(key, context)
    sealed = encryptor.update(opened) + encryptor.finalize()
    return {"opened": opened.hex(), "sealed": sealed.hex()}


with open(sys.argv[1], encoding="utf-8") as cases, open(sys.argv[2], "w", encoding="utf-8") as report:
    json.dump([judged(case) for case in json.load(cases)], report)
