using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

public static class AnalysisServices
{
    /// <summary>
    /// Adds the analysis of prompts. Needs the database, the runs, the cache, the providers, the documents and their
    /// embedder.
    /// </summary>
    /// <param name="configuration">Its section <c>Assay:Chat</c> is read as <see cref="ChatModelOptions"/>.</param>
    public static IServiceCollection AddAnalyses(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ChatModelOptions>()
            .Bind(configuration.GetSection(ChatModelOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        // An organization's requests go with its own key and count against its own limits.
        services.AddScoped(NewChatModel);
        services.AddScoped(NewJudge);
        services.AddSingleton<PromptTexts>();
        services.AddScoped<AnswerSampler>();
        services.AddScoped<RubricStore>();
        services.AddScoped<AnalysisStore>();
        services.AddScoped<IRunSubject, AnalysisSubject>();
        services.AddScoped(provider => new PromptNodes(
            provider.GetRequiredService<IPromptJudge>(), provider.GetRequiredService<RubricStore>(),
            provider.GetRequiredService<AnswerSampler>(), provider.GetRequiredService<ChatModel>(),
            provider.GetRequiredService<IOptions<ChatModelOptions>>().Value,
            provider.GetRequiredService<PromptTexts>(), provider.GetRequiredService<Settings>()));
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

        var http = provider.GetRequiredService<ProviderHttp>().To(options.Provider, options.InstallationKey);
        IChatClient client = new OpenAiChatClient(http, options, provider.GetRequiredService<TimeProvider>());
        return new(client, options.Provider, options.Model);
    }

    private static IPromptJudge NewJudge(IServiceProvider provider)
    {
        if (provider.GetRequiredService<ChatModel>() is not { Client: { } client } model)
            return new HeuristicJudge();

        var installation = provider.GetRequiredService<IOptions<ChatModelOptions>>().Value.InstallationKey;
        var keys = provider.GetRequiredService<ProviderKeys>();
        return new CachedJudge(
            new ModelJudge(client, model.Name),
            cancellation => keys.FindAddressAsync(model.Provider, installation, cancellation),
            model.Name,
            provider.GetRequiredService<AnswerCache>());
    }
}
