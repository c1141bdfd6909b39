"""Kill it, interrupt it, fill its disk, change its bytes: afterwards everything is right or told."""
