"""The tasks of `manage.py tidy`: each app registers its own in its module `housekeeping`.

No request depends on a task: holds expire by the clock, and expired rows are ignored. A task must
be safe at any time, concurrent with sales and with itself.
"""

from collections.abc import Callable

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

from core.idempotency import delete_old_records

Task = Callable[[], int]

tasks: dict[str, Task] = {}


def housekeeping(label: str) -> Callable[[Task], Task]:
    """Register a task that returns a count; the command prints it as "12 <label>"."""

    def register(task: Task) -> Task:
        tasks[label] = task
        return task

    return register


def all_tasks() -> dict[str, Task]:
    """Return the tasks of all apps by label, in the order of INSTALLED_APPS."""
    autodiscover_modules("housekeeping")
    names = list(apps.app_configs)

    def place(item: tuple[str, Task]) -> int:
        app = apps.get_containing_app_config(item[1].__module__)
        return names.index(app.label) if app else len(names)

    return dict(sorted(tasks.items(), key=place))


housekeeping("old idempotency records deleted")(delete_old_records)
