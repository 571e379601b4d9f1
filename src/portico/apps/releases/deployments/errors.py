"""Why a deployment is not made, or does not go on."""

from portico.apps.releases.admission.explanation import Explanation
from portico.kernel.errors import Conflict, Forbidden, NotFound


class DeploymentNotFound(NotFound):
    def __init__(self, deployment_id: int) -> None:
        super().__init__(f"Deployment with ID {deployment_id} not found")


class NeverStarts(Conflict):
    """A rule stands against it. `details` has the rules that do, as `explain` shows them. A request is not kept."""

    code = "MAY_NOT_START"

    def __init__(self, explanation: Explanation) -> None:
        unmet = explanation.unmet
        rules = [
            {"rule": rule.rule, "name": rule.name, "state": rule.state, "missing": rule.missing, "until": rule.until}
            for rule in unmet
        ]
        super().__init__(" ".join(_sentence(rule.missing) for rule in unmet), details={"rules": rules})
        ends = [rule.until for rule in unmet]
        known = [end for end in ends if end is not None]
        if known and len(known) == len(ends):
            self.headers["Retry-After"] = str(max(1, int((max(known) - explanation.at).total_seconds())))


class MayNotStart(NeverStarts):
    """It may not start now. What the server has done about it stays: it may wait for approvals again."""

    commits = True


class AnotherRuns(NeverStarts):
    """Two were started at once for one service and environment, and the other one was first."""

    def __init__(self) -> None:
        needs = "Another deployment is running."
        rule = {"rule": "one_at_a_time", "name": "one_at_a_time", "state": "missing", "missing": needs, "until": None}
        Conflict.__init__(self, needs, details={"rules": [rule]})


class NotYours(Forbidden):
    code = "NOT_THE_AGENT"
    message = "Another agent runs this deployment."


class AgentLost(Conflict):
    """Nothing was heard of the agent for five minutes: the deployment has failed, and stays so."""

    code = "AGENT_LOST"
    message = "This agent was lost: the deployment has failed."
    commits = True


class NothingToRollBack(Conflict):
    code = "NOTHING_TO_ROLL_BACK"
    message = "No earlier release has run there that could run again."


class NotRepeatable(Conflict):
    code = "NOT_REPEATABLE"


class NotReviewable(Conflict):
    code = "NOT_REVIEWABLE"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
