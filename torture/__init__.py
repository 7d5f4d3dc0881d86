"""Real servers, many clients, kills; then: can what everybody was told be true? `make torture`."""
