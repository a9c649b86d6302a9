using Pgvector;

namespace Assay;

/// <summary>Vectors as Postgres stores them: at half precision.</summary>
internal static class HalfVectors
{
    public static HalfVector Of(float[] vector) => new(Array.ConvertAll(vector, number => (Half)number));
}
