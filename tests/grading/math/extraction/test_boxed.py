"""Boxes: their forms, what stands beside them, several of them."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import GradeResponse

FORMS = [
    ("Find the value.", "7", r"$\boxed{\large 7}$", True),
    ("Find the value.", "7", r"$\boxed{\Large{7}}$", True),
    ("Find the value.", "7", r"$\boxed{\textcolor{red}{7}}$", True),
    ("Find the value.", "7", r"$\boxed{\color{blue}7}$", True),
    ("Find the value.", "7", r"$\boxed{\text{Ans}=7}$", True),
    ("Find the value.", "7", r"$\boxed{\textbf{7}}$", True),
    ("Find the value.", "7", r"$\boxed{\mathbf{7}}$", True),
    ("Find the value.", "7", r"$\boxed{ \ 7 \ }$", True),
    ("Find the value.", "7", r"$\boxed{\underline{\underline{7}}}$", True),
    ("Find the value.", "7", r"$\boxed{\begin{matrix}7\end{matrix}}$", True),
    ("Find the value.", "7", r"$\boxed{\begin{array}{r|l}7\end{array}}$", True),
    ("Find the value.", "7", r"$\boxed{7\quad\blacksquare}$", True),
    ("Find the value.", "7", r"$\boxed{7}\ \checkmark$", True),
    ("Find the value.", "7", r"$\boxed{\,7\,}$.", True),
    ("Find the value.", "7", r"$$\boxed{\begin{aligned}a&=7\\ \end{aligned}}$$", True),
    ("Find the value.", "7", r"$\boxed{\boxed{7}}$", True),
    ("Find the value.", "7", r"\[\framebox{7}\]", True),
    ("Find the value.", "7", r"$\boxed{\mathrm{Answer}: 7}$", True),
    ("Find the value.", "7", r"$\boxed{f(2)=7}$", True),
    ("Find the value.", "7", r"$\boxed{\$7}$", True),
    ("Find the value.", "7", r"$\boxed{7.0}$", True),
    ("Find the value.", "7", r"$\boxed{+7}$", True),
    ("Find the value.", "7", r"$\boxed{07}$", True),
    ("Find the value.", "7", r"$\boxed{\lfloor 7.5\rfloor}$", True),
    ("Find the value.", "7", r"$\boxed{\text{Therefore, the answer is } 7.}$", True),
    ("Find the value.", "7", r"$\boxed{x_{\max}=7}$", True),
    ("Find the value.", "7", r"$\boxed{\approx 7}$", True),
    ("Find the value.", "7", r"$\boxed{\text{Area}=7}$", True),
    ("Find the value.", "7", r"$\boxed{7~\text{ways}}$", True),
    ("Find the value.", "7", r"$\boxed{n=7}$", True),
    ("Find the value.", "7", r"$\boxed{\text{七}}$", True),
    ("Find the value.", "7", r"$\boxed{\text{答案：}7}$", True),
    ("Find the value.", "7", r"$\boxed{\frac{21}{3}=7}$", True),
    ("Find the value.", "7", r"$\boxed{7 = 3+4}$", True),
]


@all_cases(("question", "gold", "response", "is_correct"), FORMS)
def test_wrappers_and_words_in_the_box_are_read(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct


BESIDE = [
    ("Solve.", "5", r"The roots are $\boxed{5}$ and $\boxed{-2}$, but $-2$ is extraneous.", True),
    ("Solve.", "5, -2", r"The roots are $\boxed{5}$ and $\boxed{-2}$, but $-2$ is extraneous.", False),
    ("Solve.", "5, -2", r"The roots are $\boxed{5}$ and $\boxed{-2}$, but $5$ is larger.", True),
    ("Find the value.", "9", r"The answer is not \boxed{8} but \boxed{9}.", True),
    ("Find the value.", "8", r"The answer is not \boxed{8}.", False),
    ("Find the value.", "7", r"So the answer is $3+\boxed{7}$.", False),
    ("Find the value.", "10", r"So the answer is $3+\boxed{7}$.", True),
    ("Find the value.", "7", r"The answer is $\frac{\boxed{7}}{2}$.", False),
    ("Find the value.", "7/2", r"The answer is $\frac{\boxed{7}}{2}$.", True),
    ("Find the value.", "7", r"The answer is $\sqrt{\boxed{7}}$.", False),
    ("Find the value.", "7", r"The answer is $\boxed{7}^2$.", False),
    ("Find the value.", "49", r"The answer is $\boxed{7}^2$.", True),
    ("Find the value.", "7", r"The answer is $\boxed{7}\pi$.", False),
    ("Find the value.", r"7\pi", r"The answer is $\boxed{7}\pi$.", True),
    ("Find the value.", "7", r"The answer is $x=\boxed{7}$.", True),
    ("Find the value.", "7", r"The answer is $\boxed{7}\cdot 10^3$.", False),
    ("Find the value.", "7", r"The answer is $\boxed{7}+\boxed{2}$.", False),
    ("Find the value.", "7", r"The answer is $\log \boxed{7}$.", False),
    ("Find the value.", "7", r"The answer is $|\boxed{-7}|$.", True),
    ("Find the value.", "7", r"The answer is $\boxed{7}i$.", False),
    ("Find the value.", "7", r"The answer is $\pm\boxed{7}$.", False),
    ("Find the value.", "7", r"The answer is $\boxed{7}\%$.", False),
    ("Find the value.", "7", r"The answer is $1/\boxed{7}$.", False),
    ("Find the value.", "7", r"$3+4=\boxed{7}$", True),
    ("Find the value.", "7", r"$3+4=\boxed{7}=14/2$", True),
    ("Find the value.", "7", r"The answer is $\boxed{7}$%.", False),
    ("Find the value.", "7", r"The answer is $2^{\boxed{7}}$.", False),
    ("Find the value.", "7", r"The answer is $a_{\boxed{7}}$.", False),
    ("Find the value.", "7", r"The answer is $f(\boxed{7})$.", False),
    ("Find the value.", "7", r"The answer is $\boxed{7}x$.", False),
    ("Find the value.", "7", r"The answer is $\binom{\boxed{7}}{2}$.", False),
    ("Find the value.", "7", r"The answer is $x \neq \boxed{7}$.", False),
    ("Find the value.", "7", r"The answer is $x > \boxed{7}$.", False),
    ("Find the value.", "7", r"The answer is not $\boxed{7}$.", False),
    ("Find the value.", "7", r"The answer is minus $\boxed{7}$.", False),
    ("Find the value.", "7", r"The answer is $\boxed{7}$ hundred.", False),
    ("Find the value.", "7", r"Clearly $\boxed{7}$ is impossible.", False),
    ("Find the value.", "7", r"$x=\boxed{7}$ is extraneous, so $x=\boxed{3}$.", False),
    ("Find the value.", "3", r"$x=\boxed{3}$, while $x=\boxed{7}$ is extraneous.", True),
    ("Find all x.", "1, 7", r"$x=\boxed{1}$ or $x=\boxed{7}$.", True),
    ("Find all x.", "7", r"$x=\boxed{1}$ or $x=\boxed{7}$.", False),
    ("Find all x.", "1, 7", r"\boxed{1}, \boxed{7}", True),
    ("Find all x.", "1, 7", r"\boxed{1} and \boxed{7}", True),
    ("Find all x.", "7", r"\boxed{1} and \boxed{7}", False),
    ("Find all x.", "7", r"Step 1 gives \boxed{1}. Step 2 gives \boxed{7}.", True),
    ("Find x and y.", "1, 7", r"$x=\boxed{1}$, $y=\boxed{7}$.", True),
    ("Find all x.", "7", "\\boxed{1}\n\nThus the final result:\n\n\\boxed{7}", True),
    ("Find all x.", "1,7", r"解为 $\boxed{1}$ 和 $\boxed{7}$。", True),
    ("Find x.", "7", r"$\boxed{7}$ (or equivalently $\boxed{\frac{14}{2}}$)", True),
    ("Find x.", "7", r"either $\boxed{6}$ or $\boxed{7}$", False),
    ("Find all x.", "1, 2, 7", r"\boxed{1}, \boxed{2}, and \boxed{7}", True),
]


@all_cases(("question", "gold", "response", "is_correct"), BESIDE)
def test_what_stands_beside_the_box_counts(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct
