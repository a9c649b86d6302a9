namespace Assay;

/// <summary>Prompts as people write them, for tests of the whole.</summary>
internal static class SamplePrompts
{
    /// <summary>Many faults of many kinds.</summary>
    public const string Messy = """
        Please try to answer the customer's message: {{customer_message}}

        - Keep the answer short.
        - Give a very detailed explanation with several examples, etc.
        - Use a formal tone. Write casually and use slang.
        - NEVER EVER MENTION OUR COMPETITORS in the answer!!!
        - List all possible ways to return the product.
        - Keep the answer short.
        - Sign it as ${agent}.
        """;

    /// <summary>Little to improve.</summary>
    public const string Clean = """
        # Role
        You are a support agent for a bicycle shop. You write for customers who are not technicians, so that they can
        solve small problems themselves.

        # Task
        Answer the question between the tags. Use only information from the manual below. If the manual does not hold
        the answer, say so and suggest a visit to the workshop.

        <manual>
        {{manual}}
        </manual>

        <question>
        {{question}}
        </question>

        # Output format
        Return Markdown with these sections: a one-sentence answer first, then at most 5 numbered steps.
        Use at most 150 words. Do not include any other text.
        """;
}
