drop table core.judge_score;
drop table core.analysis_result;
drop table core.judge_criterion;
drop table core.judge_rubric;
