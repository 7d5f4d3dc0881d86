"""Passes for Apple Wallet, where a certificate is configured."""
