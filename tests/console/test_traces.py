"""One request as it ran."""

from __future__ import annotations

import re

import pytest

from gonogo.console.traces import judgements
from gonogo.domain import Annotation, GatePolicy, MetricRule, MonitorPolicy, RoutingDecision, Score
from gonogo.errors import NotFound


async def test_a_trace_shows_question_answer_and_outcome(team):
    trace = await team.ask("Is it free?", answer="Yes.\n\nIt is.")
    page = await team.page(f"/traces/{trace.id}")
    assert '<div class="said asked">Is it free?</div>' in page
    assert '<div class="said">Yes.\n\nIt is.</div>' in page
    assert '<span class="badge is-go">answered</span>' in page


async def test_markdown_and_pictures_in_an_answer_stay_text(team):
    trace = await team.ask(answer="**bold** ![x](https://evil.example/?q=1) <b>bold</b>")
    page = await team.page(f"/traces/{trace.id}")
    assert "**bold** ![x](https://evil.example/?q=1) &lt;b&gt;bold&lt;/b&gt;" in page


async def test_each_step_has_a_bar_with_its_times_in_words(team):
    trace = await team.ask()
    page = await team.page(f"/traces/{trace.id}")
    for span in trace.spans:
        assert f'aria-label="{span.name}: begins after' in page
    assert 'rect class="wall" x="20.0%" y="1" width="80.0%"' in page
    assert "found <b>6</b> · kept <b>2</b>" in page


async def test_a_chunk_shows_source_line_and_whether_it_was_cited(team):
    page = await team.page(f"/traces/{(await team.ask()).id}")
    cited, uncited = re.findall(r'<li class="(?:cited|uncited)">.*?</li>', page, re.DOTALL)
    assert "warranty.md:12" in cited
    assert ">cited<" in cited
    assert "returns.md:3" in uncited
    assert ">not cited<" in uncited


async def test_tokens_are_shown_by_kind(team):
    page = await team.page(f"/traces/{(await team.ask()).id}")
    row = page[page.index("local/llama3:8b") :]
    numbers = re.findall(r"<td>\s*([\d\u202f]+)\s*</td>", row)
    assert numbers[:4] == ["1\u202f200", "400", "80", "16"]


async def test_an_unknown_cost_says_unknown(team):
    trace = await team.ask(cost=None, calls=(team.call(cost=None),))
    page = await team.page(f"/traces/{trace.id}")
    assert "<dt>Cost</dt><dd>unknown</dd>" in page
    assert "$" not in page


async def test_the_page_says_why_a_model_was_chosen(team):
    decision = RoutingDecision(
        model="large", difficulty=0.8125, threshold=0.5, reasons=("asks to compare",), fallback=("small",)
    )
    page = await team.page(f"/traces/{(await team.ask(routing=decision)).id}")
    assert "<b>large</b> was chosen, difficulty 0.81 against a threshold of 0.50; next would be small." in page
    assert "<li>asks to compare</li>" in page


async def test_a_finding_shows_check_action_place_and_evidence(team):
    page = await team.page(f"/traces/{(await team.ask()).id}")
    assert '<span class="badge is-unsure">redact</span> <b>pii</b> email' in page
    assert "in question, characters 4 to 18" in page
    assert "an address with a domain" in page


async def test_scores_that_failed_do_not_apply_or_are_missing_are_told_apart(team):
    gate = GatePolicy(require={"pass_rate": MetricRule(), "relevance": MetricRule(margin=0.1)})
    await team.build(gate=gate)
    scores = (
        Score(metric="faithfulness", value=0.25, passed=False),
        Score(metric="toxicity", state="error", detail="the judge timed out"),
        Score(metric="refusal", state="not-applicable"),
    )
    page = await team.page(f"/traces/{(await team.ask(scores=scores)).id}")
    rows = dict(re.findall(r'<th scope="row">(\w+)</th>\s*<td>(.*?)</td>', page, re.DOTALL))
    assert "0.250" in rows["faithfulness"]
    assert "error: no score" in rows["toxicity"]
    assert "not applicable" in rows["refusal"]
    assert "missing" in rows["relevance"]


async def test_a_rate_over_tasks_is_never_missing_from_a_trace(team):
    version = await team.build()
    found = judgements(await team.ask(), version.mission)
    assert [judgement.metric for judgement in found] == ["faithfulness"]


async def test_a_refused_request_says_why_it_has_no_scores(team):
    trace = await team.ask(outcome="refused", scores=())
    assert "This request was refused, so there is no answer to judge." in await team.page(f"/traces/{trace.id}")


async def test_a_trace_outside_the_sample_says_so(team):
    await team.build(monitors=MonitorPolicy(sample=0.2))
    trace = await team.ask(scores=())
    assert "monitors.sample is 0.2" in await team.page(f"/traces/{trace.id}")


async def test_a_cached_answer_links_to_the_trace_it_came_from(team):
    first = await team.ask()
    trace = await team.ask(outcome="cached", cache="semantic", cached_from=first.id, calls=())
    page = await team.page(f"/traces/{trace.id}")
    assert f'<a href="/traces/{first.id}">' in page
    assert "semantic cache hit" in page
    assert "No model was asked." in page


async def test_a_persons_judgement_stands_beside_the_machines(team):
    trace = await team.ask()
    note = Annotation(trace_id=trace.id, metric="helpful", value=0.0, author="ben", created_at=1.0, note="wrong year")
    await team.store.add_annotation(note)
    page = await team.page(f"/traces/{trace.id}")
    assert "<b>helpful</b> 0.00 by ben" in page
    assert "wrong year" in page


async def test_a_trace_that_recorded_almost_nothing_still_has_a_page(team):
    trace = await team.ask(
        "", answer="", spans=(), chunks=(), findings=(), routing=None, calls=(), scores=(), wall=0.0, outcome="failed"
    )
    page = await team.page(f"/traces/{trace.id}")
    for said in (
        "No text was said.",
        "No step was recorded.",
        "Nothing was retrieved.",
        "No guardrail found anything.",
    ):
        assert said in page


async def test_another_tenants_trace_is_as_if_it_did_not_exist(team):
    trace = await team.ask(tenant="blue")
    with pytest.raises(NotFound, match="there is no Trace"):
        await team.get(f"/traces/{trace.id}", caller=team.key("red"))


async def test_a_trace_of_a_version_the_store_does_not_know_still_has_a_page(team):
    trace = await team.ask(version=99)
    assert "support@99" in await team.page(f"/traces/{trace.id}")
