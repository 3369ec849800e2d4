# Removes requests with integers beyond 2^53 from the valid ones: the vault refuses them, and JSON Schema cannot say so.

import schemathesis

LARGEST = 2**53


def holds_large_integer(value):
    if isinstance(value, dict):
        return any(map(holds_large_integer, value.values()))
    if isinstance(value, list):
        return any(map(holds_large_integer, value))
    return isinstance(value, int) and abs(value) > LARGEST


@schemathesis.hook
def filter_case(context, case):
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    return not (is_valid and holds_large_integer(case.body))
