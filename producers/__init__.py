"""What makes commands: files, senders, generators."""
