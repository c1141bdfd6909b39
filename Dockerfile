# The program with exactly the locked packages; it runs as a user of its own.
FROM python:3.11.14-slim-bookworm
WORKDIR /opt/clearing
COPY . .
RUN sh requirements/setup.sh run && useradd --system --no-create-home clearing
USER clearing
ENTRYPOINT ["/opt/clearing/.venv/bin/clearing"]
