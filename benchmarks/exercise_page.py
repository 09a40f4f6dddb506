"""CPU per exercise page with real content beside a bare Jinja page with two reads: ``python -m benchmarks.exercise_page``.

Half-way through the exercise, with answers to every task that has been shown; in turn in one run.
"""

import statistics

from benchmarks import visits
from benchmarks.save_path import verdict

ROUNDS, REQUESTS = 12, 6


def main() -> None:
    with visits.house() as house:
        client, sittings = house.participant()
        visits.write(house, sittings)
        addresses = {"bare": "/bare"} | {
            slug: f"/participant/sittings/{sitting.id}?epoch=1" for slug, sitting in sittings.items()
        }
        spent: dict[str, list[float]] = {name: [] for name in addresses}
        for address in addresses.values():
            visits.cpu(client, address)
        for _ in range(ROUNDS):
            for name, address in addresses.items():
                spent[name].append(min(visits.cpu(client, address) for _ in range(REQUESTS)))
        bare = statistics.median(spent.pop("bare"))
        print(
            f"bare page: {bare:.2f} ms of CPU; the pages of {len(spent)} exercises, {ROUNDS} rounds in turn"
        )
        for name, found in spent.items():
            page = statistics.median(found)
            verdict(f"{name} ({page:.2f} ms) ÷ bare page", page / bare, 5, 3)


if __name__ == "__main__":
    main()
