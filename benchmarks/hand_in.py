"""CPU of handing in and of the receipt page that it leads to: ``python -m benchmarks.hand_in``."""

import statistics

from benchmarks import visits
from benchmarks.save_path import verdict

PEOPLE = 15


def main() -> None:
    spent: dict[str, list[float]] = {}
    with visits.house() as house:
        for _ in range(PEOPLE + 1):
            client, sittings = house.participant()
            visits.write(house, sittings)
            visits.cpu(client, "/bare")
            for slug, sitting in sittings.items():
                here = f"/participant/sittings/{sitting.id}"
                submit = visits.cpu(client, f"{here}/submit", method="POST", status=303)
                receipt = visits.cpu(client, f"{here}/receipt")
                spent.setdefault(slug, []).append(submit + receipt)
    print(f"{PEOPLE} participants hand in each of {len(spent)} exercises and read the receipt")
    for name, found in spent.items():
        verdict(name, statistics.median(found[1:]), 8, 4, " ms of CPU")


if __name__ == "__main__":
    main()
