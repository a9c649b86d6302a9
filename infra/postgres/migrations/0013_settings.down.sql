drop table ops.setting_override, ops.setting, ops.feature_flag_override, ops.feature_flag;
drop sequence ops.setting_version;
