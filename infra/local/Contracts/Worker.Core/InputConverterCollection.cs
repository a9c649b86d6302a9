using System.Collections;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>The converters tried for every parameter, in this order; the first that handles it wins.</summary>
public sealed class InputConverterCollection : IEnumerable<Type>
{
    private readonly List<Type> types = [];

    public void Register<T>()
        where T : IInputConverter =>
        types.Add(typeof(T));

    public void RegisterAt<T>(int index)
        where T : IInputConverter =>
        types.Insert(index, typeof(T));

    public void Clear() => types.Clear();

    public IEnumerator<Type> GetEnumerator() => types.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
