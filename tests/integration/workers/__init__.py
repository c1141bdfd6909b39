"""The server form as an operator meets it: doctor, workers, rebuild and verify beside them."""
