"""Laws: what holds for every history, every split of it, every event and every amount."""
