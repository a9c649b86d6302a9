namespace Assay;

/// <summary>The nodes that look at the prompt alone.</summary>
internal sealed class PromptNodes(
    IPromptJudge judge, RubricStore rubrics, AnswerSampler sampler, ChatModel model, ChatModelOptions options)
{
    /// <exception cref="ChatModelException">The configured model gave no usable answer.</exception>
    /// <exception cref="RateLimitedException">It may not be asked at present.</exception>
    public async Task<NodeResult> RunAsync(
        Guid analysis, string key, AnalysisInput input, CancellationToken cancellation)
    {
        var prompt = PromptText.Read(input.PromptContent, input.Language == "auto" ? null : input.Language);
        return key switch
        {
            AnalysisNodes.Language => Language(prompt, input),
            AnalysisNodes.Format => Format(prompt, input),
            AnalysisNodes.Metrics => Metrics(prompt),
            AnalysisNodes.Lint => Lint(prompt),
            AnalysisNodes.Contradictions => Contradictions(prompt),
            AnalysisNodes.Judge => await JudgeAsync(prompt, input, cancellation),
            AnalysisNodes.Entropy => await EntropyAsync(analysis, input, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(key), key, "There is no such node."),
        };
    }

    private static NodeResult Language(PromptText prompt, AnalysisInput input)
    {
        var detected = prompt.Detected;
        return NodeResult.Of(
            detected.Code == DetectedLanguage.Undetermined.Code ? NodeStatus.Warn : NodeStatus.Ok, null,
            new LanguageDetails(detected.Code, detected.Confidence, input.Language != "auto"),
            new RunMetric("language", Text: detected.Code), new RunMetric("language_confidence", detected.Confidence));
    }

    private static NodeResult Format(PromptText prompt, AnalysisInput input)
    {
        var report = PromptFormat.Check(prompt.Text, input.FormatType);
        var status = !report.IsValid ? NodeStatus.Fail : report.Issues.Count > 0 ? NodeStatus.Warn : NodeStatus.Ok;
        return NodeResult.Of(
            status, report.IsValid ? 10 : 0, report,
            new RunMetric("format", Text: report.Format), new RunMetric("format_issues", report.Issues.Count));
    }

    private static NodeResult Metrics(PromptText prompt)
    {
        var tokens = Tokenizer.Get(TokenEncoding.O200k).Count(prompt.Text);
        var metrics = PromptMetrics.Measure(prompt, tokens);
        (string Name, double? Value)[] values =
        [
            ("characters", metrics.Characters), ("code_points", metrics.CodePoints), ("words", metrics.Words),
            ("sentences", metrics.Sentences), ("tokens", metrics.Tokens),
            ("words_per_sentence", metrics.WordsPerSentence), ("reading_ease", metrics.ReadingEase),
            ("grade_level", metrics.GradeLevel), ("complexity", metrics.Complexity),
            ("lexical_diversity", metrics.LexicalDiversity), ("constraints", metrics.Constraints),
            ("nesting", metrics.Nesting), ("variables", metrics.Variables),
        ];
        return NodeResult.Of(
            NodeStatus.Ok, null, metrics,
            [
                .. values.Where(value => value.Value is not null)
                    .Select(value => new RunMetric(value.Name, value.Value)),
            ]);
    }

    private static NodeResult Lint(PromptText prompt)
    {
        var findings = Linter.Check(prompt);
        var details = new LintDetails(Count(Severity.Error), Count(Severity.Warning), Count(Severity.Info), findings);
        var status = details.Errors > 0 ? NodeStatus.Fail : details.Warnings > 0 ? NodeStatus.Warn : NodeStatus.Ok;
        return NodeResult.Of(
            status, AnalysisScore.Lint(findings), details,
            new RunMetric("errors", details.Errors), new RunMetric("warnings", details.Warnings),
            new RunMetric("infos", details.Infos));

        int Count(Severity severity) => findings.Count(finding => finding.Severity == severity);
    }

    private static NodeResult Contradictions(PromptText prompt)
    {
        var found = ContradictionFinder.Find(prompt);
        return NodeResult.Of(
            found.Count > 0 ? NodeStatus.Fail : NodeStatus.Ok, AnalysisScore.Consistency(found.Count),
            new ContradictionDetails(found), new RunMetric("contradictions", found.Count));
    }

    private async Task<NodeResult> JudgeAsync(PromptText prompt, AnalysisInput input, CancellationToken cancellation)
    {
        var rubric = await rubrics.GetAsync(input.RubricId ?? RubricStore.BuiltInId, cancellation);
        var judgement = await judge.JudgeAsync(prompt, rubric, cancellation);
        var status = judgement.Score < 4 ? NodeStatus.Fail : judgement.Score < 7 ? NodeStatus.Warn : NodeStatus.Ok;
        return NodeResult.Of(
            status, judgement.Score, judgement,
            [
                new("judge_score", judgement.Score),
                .. judgement.Scores.Select(s => new RunMetric($"criterion_{s.Key}", s.Score)),
            ]);
    }

    private async Task<NodeResult> EntropyAsync(
        Guid analysis, AnalysisInput input, CancellationToken cancellation)
    {
        var samples = input.Samples ?? options.Samples;
        if (model.Client is null || samples == 0)
            return NodeResult.Of(
                NodeStatus.Ok, null,
                new EntropyDetails(
                    true, model.Client is null ? "No model is configured." : "No samples were asked for.", null));

        var result = await sampler.MeasureAsync(analysis, input.PromptContent, samples, cancellation);
        return NodeResult.Of(
            NodeStatus.Ok, AnalysisScore.Stability(result), new EntropyDetails(false, null, result),
            new RunMetric("semantic_entropy", result.Entropy), new RunMetric("samples", result.Samples));
    }
}
