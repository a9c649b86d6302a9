namespace Assay;

/// <summary>The nodes that look at the prompt alone.</summary>
internal sealed class PromptNodes(
    IPromptJudge judge, RubricStore rubrics, AnswerSampler sampler, ChatModel model, ChatModelOptions options,
    PromptTexts prompts, Settings settings)
{
    /// <exception cref="ChatModelException">The configured model gave no usable answer.</exception>
    /// <exception cref="RateLimitedException">It may not be asked at present.</exception>
    public async Task<NodeResult> RunAsync(
        Guid analysis, string key, AnalysisInput input, CancellationToken cancellation)
    {
        return key switch
        {
            AnalysisNodes.Language => await ReadAsync(prompt => Language(prompt, input)),
            AnalysisNodes.Format => await ReadAsync(prompt => Format(prompt, input)),
            AnalysisNodes.Metrics => await ReadAsync(Metrics),
            AnalysisNodes.Lint => await ReadAsync(Lint),
            AnalysisNodes.Contradictions => await ReadAsync(Contradictions),
            AnalysisNodes.Judge => await JudgeAsync(
                await rubrics.GetAsync(input.RubricId ?? RubricStore.BuiltInId, cancellation)),
            AnalysisNodes.Entropy => await EntropyAsync(analysis, input, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(key), key, "There is no such node."),
        };

        Task<NodeResult> ReadAsync(Func<PromptText, NodeResult> node) =>
            WorkAsync(prompt => Task.FromResult(node(prompt)));

        // A model is waited for without taking a turn from others.
        async Task<NodeResult> JudgeAsync(JudgeRubric rubric) => judge is HeuristicJudge
            ? await WorkAsync(prompt => this.JudgeAsync(prompt, rubric, cancellation))
            : await this.JudgeAsync(await WorkAsync(Task.FromResult), rubric, cancellation);

        async Task<T> WorkAsync<T>(Func<PromptText, Task<T>> work)
        {
            var patience = TimeSpan.FromSeconds(await settings.GetAsync(KnownSettings.AnalysisSeconds, cancellation));
            var language = input.Language == "auto" ? null : input.Language;
            return await prompts.WorkAsync(
                analysis, () => PromptText.Read(input.PromptContent, language, patience), work, cancellation);
        }
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
        var (findings, notChecked) = prompt.Lint;
        var details = new LintDetails(
            Count(Severity.Error), Count(Severity.Warning), Count(Severity.Info), findings, notChecked);
        var status = details.Errors > 0 ? NodeStatus.Fail : details.Warnings > 0 ? NodeStatus.Warn : NodeStatus.Ok;
        return NodeResult.Of(
            status, AnalysisScore.Lint(findings), details,
            new RunMetric("errors", details.Errors), new RunMetric("warnings", details.Warnings),
            new RunMetric("infos", details.Infos));

        int Count(Severity severity) => findings.Count(finding => finding.Severity == severity);
    }

    private static NodeResult Contradictions(PromptText prompt)
    {
        var (found, notChecked) = prompt.Contradictions;
        return NodeResult.Of(
            found.Count > 0 ? NodeStatus.Fail : NodeStatus.Ok, AnalysisScore.Consistency(found.Count),
            new ContradictionDetails(found, notChecked), new RunMetric("contradictions", found.Count));
    }

    private async Task<NodeResult> JudgeAsync(PromptText prompt, JudgeRubric rubric, CancellationToken cancellation)
    {
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
