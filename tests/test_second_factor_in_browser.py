"""The second factor as staff use it in a browser: an app, a security key, recovery codes.

The security key is Chromium's own virtual one. Browsers allow keys at host names only, so these
tests use localhost.
"""

import re
import time

from testing.browser import BrowserTestCase, expect
from testing.second_factor import STEP, App

SET_UP = "/admin/second-factor/set-up/"
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": False,
    "isUserVerified": False,
    "automaticPresenceSimulation": True,
}


class SecondFactorTests(BrowserTestCase):
    host = "localhost"

    def log_in(self, page, path="/admin/"):
        """Log in by the password; the page that follows is that of the second factor."""
        page.goto(path)
        page.get_by_label("Username").fill("staff")
        page.get_by_label("Password").fill("staff-pass123")
        page.get_by_role("button", name="Log in").click()

    def log_out(self, page):
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_text("Logged out")).to_be_visible()

    def plug_in_a_key(self, page):
        """Plug a virtual key into the browser; return how to ask it, and its id."""
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        return devtools, made["authenticatorId"]

    def heading(self, page, text):
        expect(page.get_by_role("heading", name=text, level=1)).to_be_visible()

    def add_app(self, page):
        page.get_by_role("link", name="Add an authenticator app").click()
        expect(page.get_by_role("img", name="The key as a QR code")).to_be_visible()
        self.shoot(page, "app")
        key = page.locator(".app-key").inner_text().replace(" ", "")
        app = App.of_text(key)
        page.get_by_label("Name").fill("Telephone")
        page.get_by_label("Code:").fill(app.code(-STEP))
        page.get_by_role("button", name="Add the app").click()
        self.heading(page, "Your recovery codes")
        self.shoot(page, "codes")
        return app, page.locator(".recovery-codes code").all_inner_texts()

    def test_an_app_is_set_up_and_asked_for(self):
        with self.browser() as page:
            self.log_in_to_the_admin(page)
            page.get_by_role("link", name="Second factor").click()
            self.shoot(page, "none-yet")
            app, recovery_codes = self.add_app(page)
            page.get_by_role("link", name="I have kept them").click()
            self.log_out(page)
            self.log_in(page, "/admin/movies/movie/?q=x")
            self.heading(page, "Second factor")
            self.shoot(page, "give")
            page.get_by_label("Code:").fill("12")
            page.get_by_role("button", name="Go on").click()
            expect(page.locator(".errorlist")).to_contain_text("The code is wrong")
            self.shoot(page, "wrong")
            time.sleep(1)  # the pause after a wrong code
            page.get_by_label("Code:").fill(app.code())
            page.get_by_role("button", name="Go on").click()
            expect(page).to_have_url(re.compile(r"/admin/movies/movie/\?q=x$"))
            self.log_out(page)
            self.log_in(page)
            page.get_by_label("Code:").fill(recovery_codes[0])
            page.get_by_role("button", name="Go on").click()
            page.goto(SET_UP)
            expect(page.get_by_text("9 left")).to_be_visible()
            self.shoot(page, "set-up")
            page.get_by_role("button", name="Remove Telephone").click()
            expect(page.get_by_text("You have none yet.")).to_be_visible()

    def test_a_security_key_is_set_up_and_asked_for(self):
        with self.browser() as page:
            devtools, key = self.plug_in_a_key(page)
            self.log_in_to_the_admin(page)
            page.goto(f"{SET_UP}key/")
            page.get_by_label("Name").fill("Key on my desk")
            self.shoot(page, "key")
            page.get_by_role("button", name="Add the key").click()
            self.heading(page, "Your recovery codes")
            page.goto(f"{SET_UP}key/")
            page.get_by_label("Name").fill("The same key")
            page.get_by_role("button", name="Add the key").click()
            expect(page.locator("#key-error")).to_contain_text("already one of yours")
            self.log_out(page)
            self.log_in(page, "/admin/movies/movie/?q=x")
            self.heading(page, "Second factor")
            self.shoot(page, "give-key")
            page.get_by_role("button", name="Use a security key").click()
            expect(page).to_have_url(re.compile(r"/admin/movies/movie/\?q=x$"))
            page.goto("/admin/confirm/?next=/admin/movies/")
            page.get_by_label("Password").fill("staff-pass123")
            self.shoot(page, "confirm")
            page.get_by_role("button", name="Use a security key").click()
            expect(page).to_have_url(re.compile(r"^[^?]*/admin/movies/$"))
            page.goto(SET_UP)
            expect(page.get_by_text("security key, added on")).to_be_visible()
            self.log_out(page)
            self.log_in(page)
            devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
            devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
            page.get_by_role("button", name="Use a security key").click()
            expect(page.locator("#key-error")).to_contain_text("The security key was not used.")
            page.goto("/admin/")
            self.heading(page, "Second factor")
