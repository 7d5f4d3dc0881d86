"""The name of a device, from the header User-Agent."""

import re

# In this order: each names the ones behind it too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
# The first product of other clients, without its version. No dot, so that it is no link in a mail.
PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,39}")
MAX_READ = 500  # characters of a header


def device_of(user_agent: str) -> str:
    """Return such as "Firefox on Windows" or "python-requests"; empty for an empty header."""
    text = user_agent[:MAX_READ]
    names = [
        next((name for mark, name in marks.items() if mark in text), "")
        for marks in (BROWSERS, SYSTEMS)
    ]
    if text.startswith("Mozilla/") and any(names):
        return " on ".join(filter(None, names))
    product = PRODUCT.match(text)
    return product.group().strip() if product else ""
