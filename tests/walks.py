"""Run the commands of the documentation, word for word."""

import shutil
import subprocess
from io import StringIO
from unittest import skipUnless

from django.core.management import call_command
from django.test import LiveServerTestCase, override_settings


@skipUnless(shutil.which("curl"), "the walks need curl")
class Walk(LiveServerTestCase):
    """A server with the demo data, as `make run` starts it."""

    def setUp(self):
        with override_settings(DEBUG=True):
            call_command("load_demo", stdout=StringIO())

    def run_in_bash(self, script):
        """Run the script against the test server and return its output; fail if it fails."""
        script = script.replace("http://127.0.0.1:8000", self.live_server_url)
        done = subprocess.run(
            ["bash", "-eu", "-c", script], capture_output=True, text=True, check=False, timeout=300
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout
