"""The threads of BLAS are those asked for while a block runs, and afterwards those from before."""

from threadpoolctl import threadpool_info

from rnn_cli.threads import limit_threads


def threads() -> set[int]:
    """How many threads the BLAS libraries that are loaded use."""
    return {int(one["num_threads"]) for one in threadpool_info() if one["user_api"] == "blas"}


def test_a_limit_holds_in_its_block_alone_however_often_it_is_asked_for() -> None:
    before = threads()
    for asked in (3, 2, 3):
        with limit_threads(asked):
            assert threads() == {asked}
            with limit_threads(1):
                assert threads() == {1}
            assert threads() == {asked}
        assert threads() == before
