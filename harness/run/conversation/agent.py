"""mini-swe-agent as the agent: its loop, our client as its model, our sandbox as its environment.

Only its `DefaultAgent` and its exceptions are used (mini-swe-agent 2.4, docs "Control flow", 2026-11). Every query is a
turn of the conversation: reserved, billed, logged and resumed as any other. A resumed agent repeats the commands of its
stored answers in a fresh workspace and gets the stored messages, so its model is asked only what is new.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("MSWEA_SILENT_STARTUP", "1")  # else it prints a greeting at import
from minisweagent.agents.default import DefaultAgent
from minisweagent.exceptions import FormatError, InterruptAgentFlow, LimitsExceeded, Submitted

from harness.core.conversations import ConversationEnd
from harness.core.types import Completion, Failure, FailureKind, FinishReason, Grade, Timing, Verdict
from harness.grading.repository.patch import make_patch
from harness.grading.repository.workspace import text_files, workspace_of
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.commands.shell import (
    CommandSandbox,
    CommandSandboxEnded,
    CommandSandboxSilent,
    command_backend,
)
from harness.run.conversation.conversation import Conversation, TurnFailed
from harness.run.execution.call import JobEnd
from harness.tasks.repositories import COMMAND_FENCE, SUBMIT

COMMAND_SECONDS = 60.0
MAX_SHOWN_CHARS = 10_000
"""Of a command's output, as mini-swe-agent's own templates have it: half from the start, half from the end."""
_ACTION = re.compile(rf"```{COMMAND_FENCE}\s*\n(.*?)\n```", re.DOTALL)
_MARK = SUBMIT.removeprefix("echo ")
_REFUSED = Verdict.REFUSED.value
_NOT_ONE = (
    "Your answer has {count} command blocks, and exactly one is needed. Write one or two sentences, then one block:\n\n"
    f"```{COMMAND_FENCE}\none command\n```\n\nTo finish, run `{SUBMIT}` alone."
)

Grading = Callable[[Completion], Awaitable[Grade]]


async def run_agent(conversation: Conversation, grade: Grading) -> tuple[Completion, Grade]:
    """Let the agent work until it submits, refuses or reaches a limit; what counts as its answer, and its grade.

    Raises what `Conversation.ask` raises, and TurnFailed where the sandbox gave no answer in time: the machine may be
    the reason, so the job stays open, and a resumed run repeats its commands without asking its model again.
    """
    run = _AgentRun(conversation=conversation, loop=asyncio.get_running_loop())
    with ThreadPoolExecutor(1, thread_name_prefix="agent") as thread:  # the loop is the agent's own and synchronous
        working = run.loop.run_in_executor(thread, run.work)
        try:
            end = await asyncio.shield(working)
        except CommandSandboxSilent as silent:
            raise TurnFailed(_left_open(conversation, f"the agent's sandbox: {silent}")) from silent
        except asyncio.CancelledError:
            run.cancel()
            await asyncio.wait([working])
            raise
    await conversation.finish(end)
    answer = conversation.answer(end)
    return answer, await grade(answer)


def _left_open(conversation: Conversation, why: str) -> JobEnd:
    failure = Failure(kind=FailureKind.SANDBOX_TIMEOUT, message=why, is_retryable=True, timing=Timing(), was_sent=False)
    return JobEnd(attempt=failure, is_final=False, is_lost=False, attempts=conversation.prior.number)


@functools.cache
def _backend() -> SandboxBackend:
    return command_backend()


@dataclass(slots=True, kw_only=True)
class _AgentRun:
    """One job of the agent, in a thread of its own; `asking`: its query in flight."""

    conversation: Conversation
    loop: asyncio.AbstractEventLoop
    asking: Future[Completion] | None = None
    is_cancelled: bool = False

    def work(self) -> ConversationEnd:
        """Run the agent's loop in a fresh workspace."""
        sample = self.conversation.job.sample
        workspace = workspace_of(sample)
        with CommandSandbox(_backend(), workspace.limits, environment=workspace.environment) as shell:
            shell.write(workspace.files)
            environment = SandboxEnvironment(shell=shell)
            agent = DefaultAgent(
                _ConversationModel(ask=self.ask),
                environment,
                system_template="{{ system_text }}",
                instance_template="{{ task }}",
                step_limit=self.conversation.rules.max_turns,
                cost_limit=0.0,
            )
            try:
                told = agent.run(sample.prompt, system_text=sample.system or "")
                reason = str(told.get("exit_status") or "unknown")
                submission: str | None = ""
                if reason == "Submitted":
                    submission = _changes(workspace.files, shell.read(workspace.files))
            except CommandSandboxSilent:
                raise
            except CommandSandboxEnded as ended:
                reason, submission = f"sandbox ended: {ended}", ""
            except ValueError as error:  # a workspace that is too large to be read back
                reason, submission = f"workspace: {error}", ""
        if reason == _REFUSED:  # that answer itself is graded, as that of a single request
            submission = None
        return ConversationEnd(
            reason=reason,
            submission=submission,
            tool_calls=environment.commands,
            tool_s=environment.seconds,
        )

    def ask(self, reply: str | None) -> Completion:
        """The model's answer, from the event loop; ends the agent where the job's dollars do not allow it."""
        if self.is_cancelled:
            raise asyncio.CancelledError
        self.asking = asyncio.run_coroutine_threadsafe(self._ask(reply), self.loop)
        return self.asking.result()

    async def _ask(self, reply: str | None) -> Completion:
        if not self.conversation.can_pay(reply):
            if not self.conversation.answers:
                raise TurnFailed(await self.conversation.end_without_answer())
            raise LimitsExceeded(_exit("DollarLimit"))
        return await self.conversation.ask(reply)

    def cancel(self) -> None:
        """End the query in flight, and with it the agent."""
        self.is_cancelled = True
        if self.asking is not None:
            self.asking.cancel()


def _changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """The diff of the text files; only those that differ are decoded, for a repository may have 160 MiB."""
    paths = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    old, new = ({path: files[path] for path in paths if path in files} for files in (before, after))
    return make_patch(text_files(old), text_files(new))


def _exit(status: str, submission: str = "") -> dict[str, Any]:
    return {"role": "exit", "content": status, "extra": {"exit_status": status, "submission": submission}}


@dataclass(slots=True, kw_only=True)
class SandboxEnvironment:
    """mini-swe-agent's environment: runs each command in the sandbox. `commands` and `seconds` count them."""

    shell: CommandSandbox
    commands: int = 0
    seconds: float = 0.0
    config: Any = None

    def execute(self, action: Mapping[str, Any], cwd: str = "") -> dict[str, Any]:
        """Run one command; the one that submits ends the agent."""
        done = self.shell.run(str(action["command"]), seconds=COMMAND_SECONDS)
        self.commands += 1
        self.seconds += done.seconds
        first = done.output.lstrip().partition("\n")[0].strip()
        if first == _MARK and done.returncode == 0:
            raise Submitted(_exit("Submitted"))
        late = f"The command was ended after {COMMAND_SECONDS:.0f} seconds." if done.timed_out else ""
        return {"output": done.output, "returncode": done.returncode, "exception_info": late}

    def get_template_vars(self, **values: Any) -> dict[str, Any]:
        return values

    def serialize(self) -> dict[str, Any]:
        return {}


@dataclass(slots=True, kw_only=True)
class _ConversationModel:
    """mini-swe-agent's model: each query is a turn of our conversation."""

    ask: Callable[[str | None], Completion]
    config: Any = None
    asked: int = field(default=0)

    def query(self, messages: Sequence[Mapping[str, Any]], **_: Any) -> dict[str, Any]:
        """The answer and the command in it; where it has not exactly one, the model is told so. A refusal ends it."""
        answer = self.ask(str(messages[-1]["content"]) if self.asked else None)
        self.asked += 1
        if answer.finish_reason is FinishReason.REFUSED:
            raise InterruptAgentFlow(_exit(_REFUSED))
        commands = [command.strip() for command in _ACTION.findall(answer.text)]
        said = {"role": "assistant", "content": answer.text, "extra": {"cost": 0.0}}
        if len(commands) != 1:
            told = {"role": "user", "content": _NOT_ONE.format(count=len(commands)), "extra": {}}
            raise FormatError(said, told)
        return {**said, "extra": {"cost": 0.0, "actions": [{"command": commands[0]}]}}

    def format_message(self, **message: Any) -> dict[str, Any]:
        return message

    def format_observation_messages(
        self, message: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]], template_vars: Any = None
    ) -> list[dict[str, Any]]:
        """What a command printed, as the next message."""
        return [{"role": "user", "content": observation(output)} for output in outputs]

    def get_template_vars(self, **values: Any) -> dict[str, Any]:
        return values

    def serialize(self) -> dict[str, Any]:
        return {}


def observation(output: Mapping[str, Any]) -> str:
    """A command's exit code and output, cut in the middle, as a message to the model."""
    text, half = str(output["output"]), MAX_SHOWN_CHARS // 2
    if len(text) > MAX_SHOWN_CHARS:
        text = f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
    late = f"{output['exception_info']}\n" if output.get("exception_info") else ""
    return f"{late}<returncode>{output['returncode']}</returncode>\n<output>\n{text}\n</output>"
