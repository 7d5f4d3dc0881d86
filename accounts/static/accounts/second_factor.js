/* Asks the browser for a security key, and sends what the key has signed with the form. */
"use strict";

{
  const REFUSED = "The security key was not used. Try again.";
  const UNSUPPORTED = "This browser does not support security keys.";
  const KNOWN = "This security key is already one of yours.";

  const options = JSON.parse(document.getElementById("key-options").textContent);
  const form = document.getElementById("factor-form");
  const button = document.getElementById("use-key");
  const message = document.getElementById("key-error");

  function show(sentence) {
    message.textContent = sentence;
    message.hidden = false;
  }

  function ask() {
    if (button.dataset.action === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  }

  async function useKey() {
    message.hidden = true;
    if (!form.reportValidity()) return;
    try {
      const credential = await ask();
      document.getElementById("key-answer").value = JSON.stringify(credential.toJSON());
    } catch (error) {
      show(error.name === "InvalidStateError" ? KNOWN : REFUSED);
      return;
    }
    form.submit();
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) useKey();
    else show(UNSUPPORTED);
  });
}
