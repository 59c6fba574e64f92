"""Which steps of a long run to show or keep. It knows no NumPy: `rnn gradients --factor` starts without it."""


def sample_steps(first: int, last: int, most: int) -> list[int]:
    """The steps from `first` to `last`, or at most `most` of them: the earliest ones, then evenly spread, and the last."""
    if last - first < most:
        return list(range(first, last + 1))
    early = max(most // 4, 1)
    spread = most - early
    start = first + early - 1
    return [*range(first, first + early), *(start + (last - start) * k // spread for k in range(1, spread + 1))]


def landmark_steps(first: int, last: int, most: int) -> list[int]:
    """The steps from `first` to `last`, or where they are more than `most` the round ones: 1, 2, 5, 10, 20, 50, …"""
    if last - first < most:
        return list(range(first, last + 1))
    round_ones = {first, last}
    decade = 1
    while decade <= last:
        round_ones.update(k for k in (decade, 2 * decade, 5 * decade) if first <= k <= last)
        decade *= 10
    return sorted(round_ones)
