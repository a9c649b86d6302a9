drop table mart.rollup_watermark;
drop table mart.metric_timeseries;
drop table mart.feature_daily;
drop table mart.analysis_daily;
