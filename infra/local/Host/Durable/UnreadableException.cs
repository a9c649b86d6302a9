namespace Assay.Local;

/// <summary>Stands for an exception of the app's code whose own text throws, wherever that text is needed.</summary>
internal sealed class UnreadableException(Type type, Type thrown) : Exception(
    $"An exception of type {type}, whose text cannot be read: that throws {thrown}.")
{
    /// <summary>The exception itself if it can be logged and stored.</summary>
    public static Exception Readable(Exception exception)
    {
        try
        {
            _ = exception.ToString();
            return exception;
        }
        catch (Exception thrown)
        {
            return new UnreadableException(exception.GetType(), thrown.GetType());
        }
    }
}
