"""The OpenAPI document: read from the code, written for generators of clients."""
