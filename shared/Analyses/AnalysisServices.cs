using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

public static class AnalysisServices
{
    /// <summary>
    /// Adds the analysis of prompts. Needs the database, the runs, the cache, the documents and their embedder.
    /// </summary>
    /// <param name="configuration">Its section <c>Assay:Chat</c> is read as <see cref="ChatModelOptions"/>.</param>
    public static IServiceCollection AddAnalyses(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ChatModelOptions>()
            .Bind(configuration.GetSection(ChatModelOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(NewChatModel);
        services.AddScoped<IPromptJudge>(provider => provider.GetRequiredService<ChatModel>() switch
        {
            { Client: { } client } model => new CachedJudge(
                new ModelJudge(client, model.Name),
                provider.GetRequiredService<IOptions<ChatModelOptions>>().Value.BaseUrl!,
                model.Name,
                provider.GetRequiredService<AnswerCache>()),
            _ => new HeuristicJudge(),
        });
        services.AddSingleton<AnswerSampler>();
        services.AddScoped<RubricStore>();
        services.AddScoped<AnalysisStore>();
        services.AddScoped<IRunSubject, AnalysisSubject>();
        services.AddScoped(provider => new PromptNodes(
            provider.GetRequiredService<IPromptJudge>(), provider.GetRequiredService<RubricStore>(),
            provider.GetRequiredService<AnswerSampler>(), provider.GetRequiredService<ChatModel>(),
            provider.GetRequiredService<IOptions<ChatModelOptions>>().Value));
        services.AddScoped(provider => new PromptAnalyzer(
            provider.GetRequiredService<Database>(), provider.GetRequiredService<AnalysisStore>(),
            provider.GetRequiredService<RunStore>(), provider.GetRequiredService<UsageLog>(),
            provider.GetRequiredService<PromptNodes>(), provider.GetRequiredService<ChatModel>(),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    private static ChatModel NewChatModel(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ChatModelOptions>>().Value;
        if (!options.IsConfigured)
            return ChatModel.None;

        // Each call has its own limit; the client's would count retries too.
        var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        IChatClient client = new OpenAiChatClient(http, options, provider.GetRequiredService<TimeProvider>());
        return new(client, options.Model);
    }
}
