"""One function a command: the checks in the order of the contract, then the events."""
