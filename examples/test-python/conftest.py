import pytest

import sandbank as sandbanks


@pytest.fixture(scope="session")
def sandbank(tmp_path_factory):
    one = sandbanks.start(tmp_path_factory.mktemp("sandbank"))
    one.freeze()
    yield one
    one.stop()
