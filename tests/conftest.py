"""Which of the slow tests run: a seeded sample of them by default, all of them with `--slow all`."""

import datetime
import random

from hypothesis import settings

# The same examples every time, and no failing because the machine is busy.
settings.register_profile("formcheck", deadline=None, derandomize=True)
settings.load_profile("formcheck")


def pytest_addoption(parser):
    group = parser.getgroup("formcheck")
    group.addoption("--slow", default="20", metavar="N|all|none", help="how many of the slow tests to run (default 20)")
    group.addoption("--slow-seed", default="", metavar="SEED", help="which of them (default: by the week)")


def pytest_configure(config):
    # Set once, before xdist copies the options to its workers: all of them must choose the same tests.
    if not config.option.slow_seed:
        year, week, _ = datetime.datetime.now(tz=datetime.timezone.utc).isocalendar()
        config.option.slow_seed = f"{year}-{week:02d}"


def pytest_report_header(config):
    return f"slow tests: {config.option.slow}, seed {config.option.slow_seed}"


def pytest_collection_modifyitems(config, items):
    wanted = config.option.slow
    slow = [item for item in items if item.get_closest_marker("slow")]
    if wanted == "all" or any("::" in word for word in config.args):
        return
    count = 0 if wanted == "none" else min(int(wanted), len(slow))
    chosen = set(random.Random(config.option.slow_seed).sample(sorted(i.nodeid for i in slow), count))
    left_out = [item for item in slow if item.nodeid not in chosen]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
