"""The grader `math_verify`: the library of that name as a second opinion, in a process of its own."""
