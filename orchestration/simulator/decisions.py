"""What Harbourline's people write down: recommendations, planned changes, requests, owners, and incidents of cost.

Belongs here: the rows of `story.yml` as facts that the front door knows. Does not belong here: when something happens
(`story`) and what it does to the bill (`fleet`). Money is told for all copies of the company.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from .company import NEW_TEAM_NAME, RENAMED_TEAM, TEAMS
from .dice import roll
from .fleet import Resource, resources
from .periods import RENAME_AT, Month, month_start, parse_month, story_of
from .story import Event, events, on, read_story
from .trade import INCIDENT_HEADER, WORKLOG_HEADER

RECOMMENDATION_HEADER = (
    *("recommendation_id", "service_provider_name", "sub_account_id", "service_name", "region_id", "resource_id"),
    *("recommendation_type", "estimated_monthly_savings_cost", "realized_monthly_savings_cost", "currency"),
    *("recommendation_status", "identified_date", "reviewed_date", "decided_date", "implemented_date"),
    *("verified_date", "effort", "risk", "owner", "is_automated", "link_channel"),
)
CHANGE_HEADER = (
    *("change_id", "scope_type", "scope_id", "service_name", "change_type", "start_date", "end_date"),
    *("daily_change_cost", "currency", "probability_share", "change_status", "reason", "owner"),
)
REQUEST_HEADER = (
    *("request_id", "request_type", "scope_type", "scope_id", "subject_id", "requested_by", "requested_at"),
    *("estimated_monthly_cost", "currency", "decision", "decided_at", "approver", "reason"),
)
OWNER_HEADER = (
    *("scope_type", "scope_id", "owner_role", "owner", "owner_contact", "team", "business_unit", "valid_from"),
    "valid_to",
)
_UNITS = {"shop": ("checkout", "search", "payments", "mobile"), "technology": ("data", "platform", "security")}
_OWNERS = dict(
    zip(TEAMS, ("Ines", "Tomas", "Aiko", "Bruno", "Ravi", "Lena", "Noor", "Samuel"), strict=True),
    **{NEW_TEAM_NAME: "Bruno"},
)
_HOURLY_COST = 92


@dataclass(frozen=True)
class Decisions:
    """Everything that is written down about the months of a simulation, to the last day that its bills know."""

    months: list[Month]
    seed: int
    copies: int

    @cached_property
    def _story(self) -> dict[str, Any]:
        return read_story()

    @cached_property
    def _start(self) -> str:
        return story_of(self.months)

    @cached_property
    def _events(self) -> dict[str, Event]:
        return events(self._start)

    @cached_property
    def _fleet(self) -> dict[str, Resource]:
        return {item.name: item for item in reversed(resources(self._start))}

    @cached_property
    def _known(self) -> datetime:
        """When the newest bill was written: what is written down later is not known yet."""
        return self.months[-1].refreshes[-1].executed_at

    def _day(self, when: list[int] | str | None) -> date | str:
        """Give the day of `[month, day]` or of an event's beginning; empty where it has not come yet."""
        if when is None:
            return ""
        moment = self._events[when].begins if isinstance(when, str) else on(self._start, when)
        return moment.date() if moment < self._known else ""

    def _is_known(self, when: list[int]) -> bool:
        return on(self._start, when) < self._known

    def recommendations(self) -> Iterator[Sequence[object]]:
        """Give recommendations as they stand: made by providers, judged, carried out and measured by people."""
        for entry in self._story["recommendations"]:
            if self._is_known(entry["day"]):
                yield self._recommendation(entry)

    def _recommendation(self, entry: dict[str, Any]) -> Sequence[object]:
        what = self._fleet.get(entry.get("resource", ""))
        where = (what.account_id, what.service.name, what.region, what.resource_id) if what else ("",) * 4
        done, verified = self._day(entry.get("done")), self._day(entry.get("verified"))
        reviewed, decided = self._day(entry.get("reviewed")), self._day(entry.get("decided"))
        status = "verified" if verified else "implemented" if done else "accepted" if "done" in entry else "open"
        return (
            *(entry["id"], entry.get("provider", "AWS"), *where, entry["type"], entry["saves"] * self.copies),
            *(entry["realized"] * self.copies if verified else "", entry.get("currency", "USD")),
            *(entry.get("status", status) if decided or done else "open", self._day(entry["day"]), reviewed, decided),
            *(done, verified, entry["effort"], entry["risk"], self._team(entry.get("owner", ""), self._known)),
            *(str(entry.get("automated", False)).lower(), entry.get("link", "")),
        )

    def planned_changes(self) -> Iterator[Sequence[object]]:
        """Give what was announced: launches, growth, and what recommendations were to change."""
        for entry in self._story["planned_changes"]:
            start = self._events[entry["event"]].begins if "event" in entry else on(self._start, entry["day"])
            end = on(self._start, entry["until"]).date() if "until" in entry else ""
            status = "planned" if entry["status"] == "done" and start >= self._known else entry["status"]
            cost = round(float(entry["daily"]) * self.copies, 2)
            yield (
                *(entry["id"], *entry["scope"], entry.get("service", ""), entry["type"], start.date(), end),
                *(cost, "USD", entry.get("likely", ""), status, entry["why"], entry["owner"]),
            )

    def requests(self) -> Iterator[Sequence[object]]:
        """Give requests: those of the story, and the ordinary ones of every month."""
        for entry in self._story["requests"]:
            asked = on(self._start, entry["day"]) + timedelta(hours=10)
            if asked < self._known:
                item = self._fleet.get(entry.get("resource", ""))
                subject = item.resource_id if item else entry.get("subject", "")
                yield self._request(entry | {"asked": asked, "subject": subject})
        for month in self.months:
            for number in range(1 + roll(3, self.seed, "requests", month.name)):
                yield self._ordinary(month, number)

    def _ordinary(self, month: Month, number: int) -> Sequence[object]:
        """Ask for a machine: most are granted within two days, some not, and one has no estimate."""
        dice = (self.seed, "request", month.name, number)
        team = TEAMS[roll(len(TEAMS), *dice, "team")]
        asked = month.start + timedelta(hours=roll(month.refreshes[-1].hours, *dice, "at"))
        luck = roll(100, *dice, "luck")
        entry: dict[str, Any] = {
            "id": f"REQ-{month.name}-{number}",
            "type": "resource",
            "scope": ("team", self._team(team, asked)),
            "asked": asked,
            "by": team,
            "hours": 3 + roll(roll(150, *dice, "slow") + 5, *dice, "hours"),
            "decision": "approved" if luck < 80 else "rejected" if luck < 93 else "withdrawn",
            "why": "A machine for tests",
        }
        return self._request(entry if luck % 7 == 0 else entry | {"cost": 40 + 20 * roll(12, *dice, "cost")})

    def _request(self, entry: dict[str, Any]) -> Sequence[object]:
        decided = entry["asked"] + timedelta(hours=entry.get("hours", 0))
        is_decided = "decision" in entry and decided < self._known
        decision = entry["decision"] if is_decided else ""
        approver = {"approved": "Dana", "rejected": "Dana"}.get(decision, "")
        cost = entry["cost"] * self.copies if "cost" in entry else ""
        return (
            *(entry["id"], entry["type"], *entry["scope"], entry.get("subject", "")),
            *(self._team(entry["by"], entry["asked"]), entry["asked"], cost, "USD" if cost else ""),
            *(decision, decided if is_decided else "", approver, entry["why"]),
        )

    def owners(self) -> Iterator[Sequence[object]]:
        """Give who answers for which team, business unit and vendor, and who approves for the company."""
        renamed = month_start(parse_month(self._start), RENAME_AT).date()
        for team, owner in _OWNERS.items():
            unit = next((unit for unit, teams in _UNITS.items() if team in teams), "marketing")
            since = renamed if team == NEW_TEAM_NAME else ""
            until = renamed if team == RENAMED_TEAM else ""
            contact = f"{team}@harbourline.example"
            yield "team", team, "cost_owner", owner, contact, team, unit, since, until
        for unit, owner in (("shop", "Ines"), ("marketing", "Bruno"), ("technology", "Noor")):
            yield "business_unit", unit, "cost_owner", owner, f"{unit}@harbourline.example", "", unit, "", ""
        for vendor in ("AWS", "Microsoft", "Google Cloud", "Oracle", "Plumeline Observability"):
            yield "provider", vendor, "technical_owner", "Noor", "platform@harbourline.example", "platform", "", "", ""
        yield "company", "all", "approver", "Dana", "dana@harbourline.example", "platform", "", "", ""

    def incidents(self) -> Iterator[Sequence[object]]:
        """Give what people did about surprises: when each was noticed, taken on and over."""
        for event in self._events.values():
            if not event.is_surprise or event.begins >= self._known:
                continue
            steps = [event.begins + timedelta(hours=hours) for hours in event.hours]
            seen = [step if step < self._known else "" for step in steps]
            row = dict.fromkeys(INCIDENT_HEADER, "") | {
                "incident_id": f"COST-{event.begins:%Y-%m-%d}",
                "incident_type": "cost_anomaly",
                "scope_type": event.scope[0],
                "scope_id": event.scope[1],
                "severity": event.severity,
                "cost_direction": "down" if event.kind in ("drop", "missing_data") else "up",
                "started_at": event.begins,
                "description": event.says,
            }
            row |= dict(zip(("detected_at", "acknowledged_at", "resolved_at"), seen, strict=False))
            yield tuple(row.values())

    def worklogs(self) -> Iterator[Sequence[object]]:
        """Give the hours that went into recommendations, a day's work at most each, up to the day they were done."""
        for entry in self._story["recommendations"]:
            done = self._day(entry.get("done"))
            left, number = entry.get("hours", 0), 0
            while left > 0 and isinstance(done, date):
                hours, number = min(left, 7), number + 1
                day = done - timedelta(days=number)
                team = self._team(entry["owner"], datetime(day.year, day.month, day.day))  # noqa: DTZ001
                row = dict.fromkeys(WORKLOG_HEADER, "") | {
                    "worklog_id": f"W-{entry['id']}-{number}",
                    "work_date": day,
                    "team": team,
                    "person_id": f"{team}-2",
                    "activity": "optimization",
                    "hours": hours,
                    "hourly_cost": _HOURLY_COST,
                    "currency": "USD",
                    "recommendation_id": entry["id"],
                }
                yield tuple(row.values())
                left -= hours

    def _team(self, team: str, moment: datetime) -> str:
        """Give a team the name that it has at a moment."""
        renamed = month_start(parse_month(self._start), RENAME_AT)
        return NEW_TEAM_NAME if team == RENAMED_TEAM and moment >= renamed else team
