//! The planner, the plan and the saved plan file. Pure.
