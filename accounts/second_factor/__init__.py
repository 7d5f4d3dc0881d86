"""The second factor of staff: an app's code, a security key, or a recovery code."""
