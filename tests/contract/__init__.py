"""What every adapter of a port must do: one suite a port, a tiny subclass an adapter."""
