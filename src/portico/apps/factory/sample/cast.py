"""Who and what there is in the sample data. Badges, PINs and passwords are known: they exist in development alone."""

from dataclasses import dataclass
from uuid import UUID

PASSWORD = "password"  # noqa: S105 - of the sample data; there are no such users where real ones are
PIN = "135790"
"""Of all operators."""


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: str
    guid: UUID


def badge(number: int) -> UUID:
    return UUID(f"20000000-0000-4000-8000-{number:012}")


def station_code(number: int) -> UUID:
    return UUID(f"10000000-0000-4000-8000-{number:012}")


SYSTEM = (Person("system@example.com", "System administrator", "SystemAdmin", badge(100)),)
DELICE, DELICE_NAME = UUID("00000000-0000-4000-8000-0000000000d1"), "Delice"
PEOPLE = (
    Person("a.petrov@delice.bg", "Alexander Petrov", "CompanyAdmin", badge(10)),
    Person("m.ivanova@delice.bg", "Maria Ivanova", "ProjectManager", badge(11)),
    Person("g.dimitrov@delice.bg", "Georgi Dimitrov", "Operator", badge(1)),
    Person("e.stoyanova@delice.bg", "Elena Stoyanova", "Operator", badge(2)),
    Person("i.kolev@delice.bg", "Ivan Kolev", "Operator", badge(3)),
    Person("d.hristova@delice.bg", "Diana Hristova", "Operator", badge(4)),
    Person("n.todorov@delice.bg", "Nikolay Todorov", "Operator", badge(5)),
)
ADMIN, MANAGER, SAWYER, MACHINIST, WELDER, FITTER, CHECKER = (person.email for person in PEOPLE)

OKNA, OKNA_NAME = UUID("00000000-0000-4000-8000-0000000000d2"), "Okna Plus"
OKNA_PEOPLE = (
    Person("b.georgieva@okna.example", "Boryana Georgieva", "CompanyAdmin", badge(20)),
    Person("p.marinov@okna.example", "Petar Marinov", "Operator", badge(21)),
)

STATIONS = (
    ("Profile store", "Supply", "Hall 1"), ("Saw 1", "Machine", "Hall 1"), ("Saw 2", "Machine", "Hall 1"),
    ("CNC 1", "Machine", "Hall 1"), ("Welder 1", "Machine", "Hall 2"), ("Corner cleaner", "Machine", "Hall 2"),
    ("Hardware bench", "Assembly", "Hall 2"), ("Glazing", "Assembly", "Hall 2"), ("Final check", "Control", "Hall 3"),
    ("Shipping", "Logistics", "Hall 3"),
)  # fmt: skip
"""Their codes count from 1 in this order."""
OKNA_STATIONS = (("Saw", "Machine", "Workshop"), ("Assembly", "Assembly", "Workshop"))

MATERIALS = (
    ("P70-FRAME", "Frame profile 70 mm, white", "m"), ("P70-SASH", "Sash profile 70 mm, white", "m"),
    ("P70-BEAD", "Glazing bead, white", "m"), ("GLASS-4-16-4", "Insulating glass 4-16-4", "pcs"),
    ("HW-TILT", "Tilt and turn hardware", "pcs"), ("SEALANT", "Sealant, neutral", "kg"),
)  # fmt: skip
ARTICLES = (
    ("PIECE-FRAME", "Frame piece"), ("PIECE-SASH", "Sash piece"), ("PIECE-BEAD", "Bead"), ("FRAME", "Frame, welded"),
    ("SASH", "Sash, welded"), ("WINDOW", "Window"),
)  # fmt: skip
SCRAP_REASONS = (
    ("LENGTH", "Wrong length"), ("SCRATCH", "Scratched"), ("WELD", "Weld torn open"), ("GLASS", "Glass broken"),
    ("MATERIAL", "Fault in the material"),
)  # fmt: skip

# Routings: the steps with their stations, and the planned seconds for one item.
CUTTING = ("CUT", "Cut and machine profiles", (("Cut", "Saw 1", 90), ("Machine", "CNC 1", 60)))
WELDING = ("WELD", "Weld frames and sashes", (("Weld", "Welder 1", 540), ("Clean corners", "Corner cleaner", 240)))
FITTING = (
    "FIT", "Fit, glaze, check and pack windows",
    (("Fit hardware", "Hardware bench", 840), ("Glaze", "Glazing", 960), ("Check", "Final check", 240),
     ("Pack", "Shipping", 420)),
)  # fmt: skip
ROUTINGS = (CUTTING, WELDING, FITTING)
