import pytest

from eventlog.cluster import Cluster


@pytest.fixture(scope="session")
def cluster(kafka_url):
    return Cluster(servers=tuple(kafka_url.removeprefix("kafka://").split(",")))
