"""What `manage.py tidy` does: each app registers its tasks, the command runs them all.

Nothing waits for a task: holds end by the clock, and expired rows are not trusted. Every task must be
safe at any time, beside sales and beside itself.
"""

from collections.abc import Callable

tasks: dict[str, Callable[[], int]] = {}


def housekeeping(label: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Register a task that returns a count; the command prints it as "12 <label>"."""

    def register(task: Callable[[], int]) -> Callable[[], int]:
        tasks[label] = task
        return task

    return register
