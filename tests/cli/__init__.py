"""The program as a user meets it: its calls, its files, its sentences, its exit statuses."""
